/** What the NCA Toolkit's stand-in makes with the real FFmpeg, and without it: files that a player would play. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { createNca, type NcaOptions } from '@becket/rehearsal'
import { expect, onTestFinished } from 'vitest'
import { testWith } from '../outside.ts'

const run = promisify(execFile)

async function setUp(options: Partial<NcaOptions> = {}) {
  const warnings: string[] = []
  const log = { info: () => {}, warn: (fields: object) => void warnings.push(JSON.stringify(fields)) }
  const standIn = createNca({ environment: 'test', seed: 1, log, ...options })
  onTestFinished(() => standIn.stop())
  const { baseUrl, apiKey, sampleBase } = await standIn.start()
  /** Waits for the end, as the toolkit does where no webhook is named. */
  const make = async (route: string, body: object) => {
    const answer = await fetch(baseUrl + route, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
  return { make, sampleBase, warnings }
}

interface Probed {
  format: { duration: string; format_name: string }
  streams: { codec_type: string; codec_name: string; width?: number; height?: number }[]
}

/** Opened by FFprobe, and decoded to its end by FFmpeg, which finds nothing wrong. */
async function probe(ffmpeg: string, url: string) {
  const home = await mkdtemp(join(tmpdir(), 'becket-probe-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const path = join(home, 'file')
  await writeFile(path, Buffer.from(await (await fetch(url)).arrayBuffer()))
  const options = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', path]
  const { stdout } = await run(join(dirname(ffmpeg), 'ffprobe'), options)
  const decoded = await run(ffmpeg, ['-v', 'error', '-nostdin', '-i', path, '-f', 'null', '-'])
  expect(decoded.stderr).toBe('')
  const { format, streams }: Probed = JSON.parse(stdout)
  return {
    seconds: Math.round(Number(format.duration)),
    streams: streams.map(({ codec_type, codec_name }) => `${codec_type} ${codec_name}`).toSorted(),
    width: streams.find(({ codec_type }) => codec_type === 'video')?.width,
  }
}

const VIDEO = ['audio aac', 'video h264']

testWith('ffmpeg', 'each route makes a video of its inputs, a second for each picture', async (ffmpeg) => {
  const { make, sampleBase, warnings } = await setUp({ ffmpeg, inputs: 'required' })
  const [a, b, music] = [`${sampleBase}/a.mp4`, `${sampleBase}/b.mp4`, `${sampleBase}/m.mp3`]
  const listed = { video_urls: [{ video_url: a }, { video_url: b }] }
  const combined = { inputs: [{ file_url: a }, { file_url: music }], outputs: [{ options: [] }] }
  const asMusic = { ...combined, filters: [{ filter: '[1:a]volume=0.2[m];[0:a][m]amix[a]' }] }
  const made = await Promise.all([
    make('/v1/video/concatenate', listed),
    make('/combine-videos', listed),
    make('/v1/ffmpeg/compose', combined),
    make('/v1/ffmpeg/compose', asMusic),
    make('/v1/video/caption', { video_url: a, captions: 'Hold fast' }),
  ])
  const probed: Awaited<ReturnType<typeof probe>>[] = []
  for (const { body } of made) probed.push(await probe(ffmpeg, [body.response].flat()[0]?.file_url ?? body.response))
  expect(probed.map(({ seconds }) => seconds)).toEqual([2, 2, 1, 1, 1])
  for (const { streams, width } of probed) expect([streams, width]).toEqual([VIDEO, 160])
  expect(warnings).toEqual([])
})

testWith('ffmpeg', 'an output has the format that it was asked for, of inputs that had to be drawn', async (ffmpeg) => {
  const { make, warnings } = await setUp({ ffmpeg })
  const nowhere = (name: string) => `https://files.example.org/${name}`
  const image = await make('/v1/image/convert/video', { image_url: nowhere('a.png') })
  expect(await probe(ffmpeg, image.body.response)).toMatchObject({ seconds: 1, streams: VIDEO })
  const format = (name: string) => ({ options: [{ option: '-f', argument: name }] })
  const inputs = [{ file_url: nowhere('a.mp4') }, { file_url: nowhere('b.wav') }]
  const composed = await make('/v1/ffmpeg/compose', { inputs, outputs: [format('webm'), format('mp3')] })
  const [webm, mp3] = composed.body.response
  expect((await probe(ffmpeg, webm.file_url)).streams).toEqual(['audio vorbis', 'video vp8'])
  expect((await probe(ffmpeg, mp3.file_url)).streams).toEqual(['audio mp3'])
  expect(warnings).toEqual([])
})

testWith(
  'ffmpeg',
  'where inputs are required, one that is not there fails the job, as it does in life',
  async (ffmpeg) => {
    for (const program of [ffmpeg, null]) {
      const { make, sampleBase } = await setUp({ ffmpeg: program, inputs: 'required' })
      const urls = [`${sampleBase}/a.mp4`, `${sampleBase}/no/such.mp4`]
      const failed = await make('/v1/video/concatenate', { video_urls: urls.map((video_url) => ({ video_url })) })
      expect(failed).toMatchObject({
        status: 500,
        body: { code: 500, message: expect.stringContaining('answered 404') },
      })
    }
  },
)

testWith('ffmpeg', 'an input that names other files is not followed: it could read this machine', async (ffmpeg) => {
  const playlist = '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n'
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'video/mp4' }).end(playlist))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { make, warnings } = await setUp({ ffmpeg })
  const video_url = `http://127.0.0.1:${address.port}/list.mp4`
  const made = await make('/v1/video/concatenate', { video_urls: [{ video_url }] })
  expect(await probe(ffmpeg, made.body.response)).toMatchObject({ streams: ['video h264'] })
  expect(warnings).toEqual([expect.stringContaining('FFmpeg ended with')])
})

testWith('ffmpeg', 'without FFmpeg, the tiny files are ones that FFmpeg can read', async (ffmpeg) => {
  const { make, sampleBase } = await setUp({ ffmpeg: null })
  const made = await make('/v1/video/caption', { video_url: 'https://files.example.org/a.mp4' })
  expect(await probe(ffmpeg, made.body.response)).toMatchObject({ seconds: 1, streams: ['video h264'] })
  expect(await probe(ffmpeg, `${sampleBase}/m.mp3`)).toMatchObject({ seconds: 1, streams: ['audio mp3'] })
  expect(await probe(ffmpeg, `${sampleBase}/m.wav`)).toMatchObject({ seconds: 1, streams: ['audio pcm_u8'] })
})
