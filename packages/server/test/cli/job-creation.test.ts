import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createFakeServer, job } from './answers.ts'
import { createTerminal } from './terminal.ts'

const input = { operation: 'concatenate', videos: ['https://files.example.org/a.mp4'] }
const pending = { ...job, pipeline: 'video', state: 'queued', status: 'pending', error: null }

async function create(written: string, ...words: string[]) {
  const { url, asked } = await createFakeServer({ 'POST /v1/jobs': pending })
  const { cwd, run } = await createTerminal({
    readFile: async (path) => Buffer.from(path === '/dev/stdin' ? written : `no file was expected at ${path}`),
  })
  const ran = await run('jobs', 'create', '--url', url, '--pipeline', 'video', '--key', 'film-1', ...words)
  return { ...ran, asked, cwd }
}

describe('becket jobs create', () => {
  it('sends what stands in a file, and says how to go on', async () => {
    const { url, asked } = await createFakeServer({ 'POST /v1/jobs': pending })
    const { cwd, run } = await createTerminal()
    await writeFile(join(cwd, 'film.json'), JSON.stringify(input))
    const words = ['--pipeline', 'video', '--key', 'film-1', '--input', 'film.json', '--url', url]
    const { code, out } = await run('jobs', 'create', ...words)
    expect({ code, out }).toEqual({ code: 0, out: `${job.id} is pending; becket jobs wait ${job.id}\n` })
    expect(asked[0]).toMatchObject({ body: { pipeline: 'video', key: 'film-1', input } })
  })

  it('reads the standard input, and names the sinks', async () => {
    const { code, asked } = await create(JSON.stringify(input), '--input', '-', '--deliver-to', 'films,backup')
    expect(code).toBe(0)
    expect(asked[0]?.body).toEqual({ pipeline: 'video', key: 'film-1', input, deliverTo: ['films', 'backup'] })
  })

  it('says where JSON is not JSON, before it asks anybody', async () => {
    const { code, err, asked } = await create('{"operation":', '--input', '-')
    expect(code).toBe(2)
    expect(err).toContain('--input: the standard input is not JSON')
    expect(asked).toEqual([])
  })
})
