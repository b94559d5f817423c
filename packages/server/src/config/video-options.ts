/** Options of the video pipeline. Where its outputs are kept is the storage's matter; see `document-options.ts`. */
import { z } from 'zod'
import { option } from './option.ts'
import { byteSize, list, text } from './scalar.ts'

const MIB = 1024 * 1024
const GIB = 1024 * MIB

const videos = z.strictObject({
  render: option(text('the id of a source').optional(), {
    description: 'The source that renders videos.',
    absent: 'the first source that can `combine`',
  }),
  // 2 GiB: an hour in high definition.
  maxBytes: option(byteSize({ min: MIB, max: 64 * GIB }).prefault('2 GiB'), {
    description: 'The largest rendered file that is kept.',
  }),
  deliverTo: option(list(text('the id of a sink'), 'a list of ids of sinks').prefault([]), {
    description: 'The sinks that results of videos go to, where a job names none itself.',
  }),
})

export const videoOptions = {
  videos: option(videos.prefault({}), { description: 'The video pipeline.', roles: ['api', 'worker'] }),
}
