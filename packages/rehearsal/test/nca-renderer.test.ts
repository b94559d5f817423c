/** Who makes the stand-in's videos: a program in FFmpeg's place, or nobody. The real FFmpeg has a test in the server's package. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { setUpNca } from './fixtures/nca-bundle.ts'

/** A program that stands for FFmpeg. */
async function program(script: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'becket-ffmpeg-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const path = join(home, 'ffmpeg')
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

test('with FFmpeg the video is what it makes', async () => {
  const script = 'for last; do :; done; printf "made by %s" "$4" > "$last"'
  const { submit, called } = await setUpNca({ ffmpeg: await program(script) })
  await submit()
  expect(await (await fetch(String((await called()).response))).text()).toBe('made by -nostdin')
})

test('where FFmpeg fails, or is not there, a tiny file takes its place', async () => {
  const warnings: string[] = []
  const log = { info: () => {}, warn: (fields: object) => void warnings.push(JSON.stringify(fields)) }
  for (const ffmpeg of [await program('echo broken >&2; exit 3'), '/nowhere/ffmpeg']) {
    const { submit, called } = await setUpNca({ ffmpeg, log })
    await submit()
    const video = Buffer.from(await (await fetch(String((await called()).response))).arrayBuffer())
    expect(video.subarray(4, 8).toString()).toBe('ftyp')
  }
  expect(warnings).toEqual([expect.stringContaining('broken')])
})
