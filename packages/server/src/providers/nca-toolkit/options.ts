/** What an NCA Toolkit source may say beside the options that every source has. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { choice, flag, text, webUrl } from '../../config/scalar.ts'

const ROUTE = /^\/[^\s?#]+$/
// One segment: the toolkit stores its outputs at the root of the bucket.
const NAME = /^[^/\\{}\s]*\{job_id\}[^/\\{}\s]*$/

const route = (operation: string) =>
  option(text('a path such as /v1/video/concatenate', (path) => ROUTE.test(path)).optional(), {
    description: `Where \`${operation}\` is handed in, if your build has it elsewhere.`,
    absent: "the toolkit's",
  })

const name = (operation: string) =>
  option(text('a name with {job_id} in it, such as {job_id}.mp4', (written) => NAME.test(written)).optional(), {
    description: `What the output of \`${operation}\` is called, if your build names it otherwise.`,
    absent: "the toolkit's",
  })

const ofEach = <Schema>(make: (operation: string) => Schema) => ({
  concatenate: make('concatenate'),
  combine: make('combine'),
  caption: make('caption'),
  add_music: make('add_music'),
  image_to_video: make('image_to_video'),
  transcribe: make('transcribe'),
})

export const ncaOptions = z.strictObject({
  callbacks: option(flag().prefault(true), {
    description:
      'Whether the toolkit is given an address to call back. If not, it queues the work all the same and is only asked: set `plan: poll` for the operations.',
  }),
  artifactBase: option(webUrl().optional(), {
    description: 'Where the toolkit stores outputs, endpoint and bucket: `https://files.example.org/bucket`.',
    absent: 'outputs are not looked for',
  }),
  combine: option(choice(['compose', 'legacy']).prefault('compose'), {
    description: 'How `combine` is done: by `/v1/ffmpeg/compose`, or by the old route `/combine-videos`.',
  }),
  transcripts: option(choice(['inline', 'files']).prefault('inline'), {
    description: 'Whether `transcribe` answers with the text itself, or stores files and answers with their addresses.',
  }),
  routes: z.strictObject(ofEach(route)).prefault({}),
  names: z.strictObject(ofEach(name)).prefault({}),
})

export type NcaOptions = z.output<typeof ncaOptions>

export const unauthorizedAdvice = {
  unauthorized: "Check the source's `apiKey`: the toolkit compares it with its own API_KEY.",
}
