import { expect, it } from 'vitest'
import type { StartupEvent } from '../startup/startup.ts'
import { createStartupLines, isWanted } from './startup-lines.ts'

const storage = { step: 'storage', pauses: 'files', hard: false }
const fault = { reason: '127.0.0.1:9: refused', remedy: 'Check `storage:`.', isRefusal: false }
const away = (reason = fault.reason): StartupEvent => ({
  ...storage,
  kind: 'away',
  attempt: 1,
  fault: { ...fault, reason },
  retryMs: 2_000,
})
const ready: StartupEvent = { ...storage, kind: 'ready', tookMs: 120, wasAway: false }
const slow: StartupEvent = { ...storage, kind: 'slow', afterMs: 5_000 }

it('says of a step what it waits for, what that holds up and what to do, and the same only once', () => {
  const line = createStartupLines()
  expect(line(ready)).toBe('storage: ready after 120 ms')
  expect(line(slow)).toBe('storage: no answer for 5 s; still waiting for it')
  expect(line(away())).toBe(
    'storage: 127.0.0.1:9: refused\n  paused meanwhile: files; tried again in 2 s. Check `storage:`.',
  )
  expect(line(away())).toBeNull()
  expect(line(away('no answer within 5 s'))).toContain('no answer within 5 s')
  expect(line({ ...away(), hard: true })).toContain('not ready until it is there')
  expect(line({ ...ready, wasAway: true })).toBe('storage: there again')
  expect(line(away())).not.toBeNull()
})

it('is as quiet as the log', () => {
  const wanted = (level: Parameters<typeof isWanted>[1]) => [ready, slow, away()].map((event) => isWanted(event, level))
  expect(wanted('info')).toEqual([true, true, true])
  expect(wanted('warn')).toEqual([false, true, true])
  expect(wanted('error')).toEqual([false, false, false])
})
