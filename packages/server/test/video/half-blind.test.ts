/** A whole run in which nothing comes by itself, and half of which nobody can be asked. */
import type { VideoInput } from '@becket/client/contract'
import { expect, test } from 'vitest'
import { type Bundle, outputOf, setup } from './setup.ts'

const address = (name: string) => `https://files.example.org/${name}`

function inputOf(index: number): VideoInput {
  const video = address(`${index}.mp4`)
  const inputs: VideoInput[] = [
    { operation: 'combine', segments: [{ video, voiceover: address(`${index}.mp3`) }] },
    { operation: 'concatenate', videos: [video, address('end.mp4')] },
    { operation: 'add_music', video, music: address('music.mp3') },
  ]
  return inputs[index % inputs.length] ?? { operation: 'concatenate', videos: [video] }
}

async function wave(bundle: Bundle, from: number) {
  const jobs = await Promise.all(Array.from({ length: 9 }, (_, index) => bundle.submit(inputOf(from + index))))
  return Promise.all(jobs.map((job) => bundle.ended(job)))
}

test('with every callback lost and every status API down for the first half of the run, all video jobs still end: those by artifact', async () => {
  await using bundle = await setup({ faults: { loss: 1, statusDown: { status: 503 } }, rendering: 150 })
  const blind = await wave(bundle, 0)
  bundle.nca.setFaults({ loss: 1 })
  const seeing = await wave(bundle, 9)
  expect([...blind, ...seeing].map(({ status }) => status)).toEqual(Array(18).fill('completed'))
  expect(blind.map((job) => outputOf(job).settledBy)).toEqual(Array(9).fill('artifact'))
  expect(new Set(seeing.map((job) => outputOf(job).settledBy))).toEqual(new Set(['check']))
  const { ledger } = bundle.nca
  expect(ledger.entries('callback')).toEqual([])
  expect(ledger.entries('submit')).toHaveLength(18)
  const keys = [...blind, ...seeing].flatMap((job) => outputOf(job).files.map(({ key }) => key))
  expect(new Set(keys).size).toBe(18)
  for (const key of keys) expect((await bundle.stored(key)).length).toBeGreaterThan(0)
})
