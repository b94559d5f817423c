import { describe, expect, test } from 'vitest'
import { outputNameOf, routeOf } from './operations.ts'
import { ncaOptions } from './options.ts'
import { bodyOf } from './requests.ts'

const a = 'https://files.example.org/a.mp4'
const b = 'https://files.example.org/b.mp4'
const sound = 'https://files.example.org/voice.mp3'

const options = (written: object = {}) => ncaOptions.parse(written)

/** As it goes over the wire: what is undefined is not there. */
function sent(...[operation, input, written]: Parameters<typeof bodyOf>): unknown {
  const reading = bodyOf(operation, input, written)
  if (reading.kind === 'invalid') throw new Error(reading.reason)
  return JSON.parse(JSON.stringify(reading.body))
}

describe('the request', () => {
  test('of concatenate lists the videos in their order', () => {
    expect(sent('concatenate', { videoUrls: [b, a] }, options())).toEqual({
      video_urls: [{ video_url: b }, { video_url: a }],
    })
  })

  test('of combine puts one video and a voice together', () => {
    expect(sent('combine', { videoUrls: [a], audioUrl: sound }, options())).toEqual({
      inputs: [{ file_url: a }, { file_url: sound }],
      outputs: [
        {
          options: [
            { option: '-map', argument: '0:v:0' },
            { option: '-map', argument: '1:a:0' },
            { option: '-c:v', argument: 'copy' },
            { option: '-c:a', argument: 'aac' },
            { option: '-shortest' },
            { option: '-movflags', argument: '+faststart' },
          ],
        },
      ],
    })
  })

  test('of combine joins videos with their own sound, or with one sound for all', () => {
    expect(sent('combine', { videoUrls: [a, b] }, options())).toMatchObject({
      inputs: [{ file_url: a }, { file_url: b }],
      filters: [{ filter: '[0:v:0][0:a:0][1:v:0][1:a:0]concat=n=2:v=1:a=1[v][a]' }],
      outputs: [{ options: expect.arrayContaining([{ option: '-map', argument: '[a]' }]) }],
    })
    expect(sent('combine', { videoUrls: [a, b], audioUrl: sound }, options())).toMatchObject({
      filters: [{ filter: '[0:v:0][1:v:0]concat=n=2:v=1:a=0[v]' }],
      outputs: [{ options: expect.arrayContaining([{ option: '-map', argument: '2:a:0' }, { option: '-shortest' }]) }],
    })
  })

  test('of combine gives each video the voice that is for it, and leaves the others their own', () => {
    expect(sent('combine', { videoUrls: [a, b, a], soundUrls: [null, sound, sound] }, options())).toMatchObject({
      inputs: [{ file_url: a }, { file_url: b }, { file_url: a }, { file_url: sound }, { file_url: sound }],
      filters: [{ filter: '[0:v:0][0:a:0][1:v:0][3:a:0][2:v:0][4:a:0]concat=n=3:v=1:a=1[v][a]' }],
    })
    expect(sent('combine', { videoUrls: [a, b], soundUrls: [null, null] }, options())).toEqual(
      sent('combine', { videoUrls: [a, b] }, options()),
    )
    expect(bodyOf('combine', { videoUrls: [a, b], soundUrls: [sound] }, options())).toMatchObject({
      kind: 'invalid',
      reason: expect.stringContaining('one for each video'),
    })
  })

  test('of combine by the old route lists the videos, and refuses another sound', () => {
    const legacy = options({ combine: 'legacy' })
    expect(sent('combine', { videoUrls: [a, b] }, legacy)).toEqual({ video_urls: [{ video_url: a }, { video_url: b }] })
    expect(bodyOf('combine', { videoUrls: [a], audioUrl: sound }, legacy)).toMatchObject({
      kind: 'invalid',
      reason: expect.stringContaining('compose'),
    })
  })

  test('of add_music repeats the music as long as the video lasts', () => {
    expect(sent('add_music', { videoUrl: a, musicUrl: sound, volume: 0.5 }, options())).toMatchObject({
      inputs: [{ file_url: a }, { file_url: sound, options: [{ option: '-stream_loop', argument: -1 }] }],
      filters: [{ filter: expect.stringMatching(/volume=0\.5.*duration=first/) }],
    })
  })

  test('of caption, image_to_video and transcribe says what was asked for and no more', () => {
    const ranges = [{ start: '00:00:01.000', end: '00:00:02.000' }]
    expect(sent('caption', { videoUrl: a, captions: 'Ahoy', excludeTimeRanges: ranges }, options())).toEqual({
      video_url: a,
      captions: 'Ahoy',
      exclude_time_ranges: ranges,
    })
    expect(sent('image_to_video', { imageUrl: a, seconds: 4, frameRate: 30, zoomSpeed: 3 }, options())).toEqual({
      image_url: a,
      length: 4,
      frame_rate: 30,
      zoom_speed: 3,
    })
    expect(sent('transcribe', { mediaUrl: a, srt: true }, options())).toEqual({
      media_url: a,
      include_text: true,
      include_srt: true,
      response_type: 'direct',
    })
    expect(sent('transcribe', { mediaUrl: a }, options({ transcripts: 'files' }))).toMatchObject({
      response_type: 'cloud',
    })
  })

  test('in the toolkit’s own words is sent as it is, but for what is ours to say', () => {
    const request = { video_urls: [{ video_url: a }], id: 'theirs', webhook_url: 'https://elsewhere.example/' }
    expect(sent('concatenate', { request }, options())).toEqual({ video_urls: [{ video_url: a }] })
  })

  test.each<[Parameters<typeof bodyOf>[0], unknown, RegExp]>([
    ['concatenate', null, /input/],
    ['concatenate', { videoUrls: [] }, /videoUrls/],
    ['concatenate', { videoUrl: [a] }, /unknown `videoUrl`, did you mean `videoUrls`\?/],
    ['concatenate', { videoUrls: ['ftp://files.example.org/a'] }, /`videoUrls\.0`: expected an http or https address/],
    ['combine', { videoUrls: [a] }, /audioUrl/],
    ['add_music', { videoUrl: a, musicUrl: sound, volume: 2 }, /volume/],
    ['caption', { videoUrl: a, replace: [{ find: 'x' }] }, /replace\.0\.replace/],
    ['image_to_video', { imageUrl: a, seconds: 0 }, /seconds/],
    ['transcribe', { mediaUrl: a, task: 'sing' }, /task/],
    ['transcribe', { request: 'x' }, /request/],
  ])('of %s with %j is refused with what is wrong', (operation, input, reason) => {
    expect(bodyOf(operation, input, options())).toEqual({ kind: 'invalid', reason: expect.stringMatching(reason) })
  })

  test('a refusal repeats no value: addresses may be signed', () => {
    const input = { videoUrls: ['ftp://files.example.org/a?signature=hidden'] }
    expect(JSON.stringify(bodyOf('concatenate', input, options()))).not.toContain('hidden')
  })
})

describe('routes and names', () => {
  test('are the toolkit’s, unless the source says otherwise', () => {
    expect(routeOf('combine', options())).toBe('/v1/ffmpeg/compose')
    expect(routeOf('combine', options({ combine: 'legacy' }))).toBe('/combine-videos')
    expect(routeOf('image_to_video', options({ routes: { image_to_video: '/v1/image/transform/video' } }))).toBe(
      '/v1/image/transform/video',
    )
    expect(outputNameOf('caption', options())).toBe('{job_id}_captioned.mp4')
    expect(outputNameOf('caption', options({ names: { caption: 'c-{job_id}.mov' } }))).toBe('c-{job_id}.mov')
  })

  test('are not guessed where they cannot be known', () => {
    expect(outputNameOf('combine', options({ combine: 'legacy' }))).toBeNull()
    expect(outputNameOf('transcribe', options())).toBeNull()
    expect(outputNameOf('transcribe', options({ transcripts: 'files' }))).toBe('{job_id}.txt')
    expect(outputNameOf('combine', options({ combine: 'legacy', names: { combine: '{job_id}.mp4' } }))).toBe(
      '{job_id}.mp4',
    )
  })

  test.each<[object, RegExp]>([
    [{ names: { caption: 'fixed.mp4' } }, /job_id/],
    [{ names: { caption: '../{job_id}.mp4' } }, /job_id/],
    [{ names: { captions: '{job_id}.mp4' } }, /captions/],
    [{ routes: { caption: 'v1/caption' } }, /path/],
    [{ artifactBase: 'files.example.org' }, /address/],
    [{ artifactBase: 'https://files.example.org/b?x=1' }, /address/],
    [{ combine: 'ffmpeg' }, /compose/],
    [{ artifact: 'https://files.example.org' }, /artifact/],
  ])('%j is refused', (written, fault) => {
    const parsed = ncaOptions.safeParse(written)
    expect(parsed.success).toBe(false)
    expect(JSON.stringify(parsed.error?.issues)).toMatch(fault)
  })
})
