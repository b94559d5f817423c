import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createLog } from './log.ts'

/** What was written, and each line of it read back. */
function logged(write: (log: ReturnType<typeof createLog>) => void) {
  const directory = mkdtempSync(join(tmpdir(), 'becket-log-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'a.log')
  write(createLog({ level: 'info', file }))
  const text = readFileSync(file, 'utf8')
  const lines: Record<string, unknown>[] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { text, lines }
}

it('a line says when, how severe, what happened and to what', () => {
  const { lines } = logged((log) => log.warn({ jobId: 'job_1', at: new Date(0) }, 'the job waits'))
  expect(lines).toEqual([
    { level: 40, time: expect.any(String), jobId: 'job_1', at: '1970-01-01T00:00:00.000Z', msg: 'the job waits' },
  ])
})

it('an error keeps its name, stack, cause and code', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
  const { lines } = logged((log) => log.error({ err: new TypeError('no answer', { cause }) }, 'could not be asked'))
  expect(lines[0]).toMatchObject({
    err: { name: 'TypeError', message: 'no answer', cause: { message: 'refused', code: 'ECONNREFUSED' } },
  })
  expect(lines[0]?.err).toHaveProperty('stack')
})

it('no secret is written, wherever it hides', () => {
  const { text } = logged((log) => {
    log.info({ apiKey: 'test-key', headers: { Authorization: 'Bearer test-key' } }, 'named')
    log.info({ request: { deep: { webhook_secret: 'test-key' } } }, 'deep')
    log.error(
      { err: Object.assign(new Error('https://x.example/?token=test-key'), { password: 'test-key' }) },
      'failed',
    )
    log.error(new Error('connect postgres://me:test-key@db/app'))
  })
  expect(text).not.toContain('test-key')
  expect(text.trimEnd().split('\n')).toHaveLength(4)
})
