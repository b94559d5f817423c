/** The videos of a run: what each is made of, and what must come of it. The clips are the stand-in's own. */
import type { VideoInput } from '@becket/client/contract'
import type { ExpectedOutcome } from './demo-result.ts'

export interface VideoOrder {
  /** What it is called; unique in a run. */
  file: string
  input: VideoInput
  expected: ExpectedOutcome
}

const kept: ExpectedOutcome = { kind: 'complete' }

/** `sampleBase`: below it lies any clip that is asked for. */
export function demoVideos(sampleBase: string): VideoOrder[] {
  const clip = (name: string) => `${sampleBase}/${name}`
  const spoken = (name: string) => ({ video: clip(`${name}.mp4`), voiceover: clip(`${name}.mp3`) })
  return [
    {
      file: 'harbour-tour.mp4',
      input: { operation: 'combine', segments: [spoken('quay'), spoken('crane'), spoken('lighthouse')] },
      expected: kept,
    },
    {
      file: 'knots-lesson.mp4',
      input: { operation: 'combine', segments: [spoken('bowline'), { video: clip('sheet-bend.mp4') }] },
      expected: kept,
    },
    {
      file: 'weather-report.mp4',
      input: { operation: 'combine', segments: [spoken('clouds'), spoken('wind')] },
      expected: kept,
    },
    {
      file: 'regatta-highlights.mp4',
      input: { operation: 'concatenate', videos: [clip('start.mp4'), clip('mark.mp4'), clip('finish.mp4')] },
      expected: kept,
    },
    {
      file: 'trailer.mp4',
      input: { operation: 'concatenate', videos: [clip('teaser.mp4'), clip('title.mp4')] },
      expected: kept,
    },
    {
      file: 'safety-briefing.mp4',
      input: { operation: 'concatenate', videos: [clip('lifejacket.mp4'), clip('flares.mp4')] },
      expected: kept,
    },
    {
      file: 'evening-sail.mp4',
      input: { operation: 'add_music', video: clip('sail.mp4'), music: clip('accordion.mp3'), volume: 0.3 },
      expected: kept,
    },
    {
      file: 'credits.mp4',
      input: { operation: 'add_music', video: clip('names.mp4'), music: clip('strings.mp3') },
      expected: kept,
    },
    {
      file: 'lost-footage.mp4',
      // No clip lies there: the toolkit cannot fetch it, and says so.
      input: { operation: 'concatenate', videos: [clip('start.mp4'), clip('not-there/lost.mp4')] },
      expected: { kind: 'failed', code: 'RENDER_FAILED' },
    },
  ]
}
