import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../core/error.ts'
import { silentLog } from '../observe/log.ts'
import { createStartup, type StartupEvent } from './startup.ts'
import type { Step } from './step.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const never = () => new Promise<void>(() => {})

function step(name: string, facts: Partial<Step> = {}): Step {
  return {
    name,
    needs: ['worker'],
    hard: true,
    after: [],
    pauses: name,
    timeLimitMs: 10_000,
    remedy: `mend ${name}`,
    ...facts,
  }
}

function start(steps: readonly Step[]) {
  const events: StartupEvent[] = []
  const onEvent = (event: StartupEvent) => void events.push(event)
  const startup = createStartup({ steps, roles: ['worker'], log: silentLog, onEvent, random: () => 1 })
  const outcome = startup.start().then(
    () => 'ready',
    (error: Error) => error.message,
  )
  return { startup, events, outcome, told: () => events.map(({ kind, step: name }) => `${name} ${kind}`) }
}

describe('a start', () => {
  it('goes in order, tests what it has started, and knows no step that its roles do not need', async () => {
    const done: string[] = []
    const note = (word: string) => async () => void done.push(word)
    const { startup, outcome } = start([
      step('work', { after: ['database', 'mail'], start: note('work') }),
      step('database', { start: note('start'), test: note('test') }),
      step('mail', { needs: ['api'], start: never }),
    ])
    expect(await outcome).toBe('ready')
    expect(done).toEqual(['start', 'test', 'work'])
    expect(startup.steps.map(({ name }) => name)).toEqual(['work', 'database'])
  })

  it('is told of what takes long, and gives it up when its time is over, to try again', async () => {
    let isHanging = true
    const { outcome, events, told } = start([
      step('database', { start: () => (isHanging ? never() : Promise.resolve()) }),
    ])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told()).toEqual(['database slow'])
    await vi.advanceTimersByTimeAsync(5_000)
    expect(events[1]).toMatchObject({
      kind: 'away',
      fault: { reason: 'no answer within 10 s', remedy: 'mend database' },
      retryMs: 500,
    })
    isHanging = false
    await vi.advanceTimersByTimeAsync(500)
    expect(await outcome).toBe('ready')
    expect(events[2]).toMatchObject({ kind: 'ready', wasAway: true })
  })

  it('does not wait for what is soft; who needs that waits for its first answer, and is put off while it is away', async () => {
    let isAway = true
    const test = async () => {
      if (isAway) throw new Error('refused')
    }
    const { startup, outcome } = start([step('database'), step('storage', { hard: false, test })])
    expect(await outcome).toBe('ready')
    await startup.tried('storage')
    expect(startup.pausedUntil('storage')).toEqual({ untilMs: Date.now() + 500, reason: 'refused' })
    expect(startup.standing()).toMatchObject({ isReady: true, paused: [{ name: 'storage' }] })
    isAway = false
    await vi.advanceTimersByTimeAsync(500)
    expect(startup.pausedUntil('storage')).toBeNull()
    await startup.tried('no such step')
  })

  it('ends where waiting cannot help', async () => {
    const fault = new AppError('CONFIGURATION_INVALID', 'the key is not known here')
    const { outcome, told } = start([step('keys', { start: () => Promise.reject(fault) })])
    expect(await outcome).toContain('the key is not known here')
    expect(told()).toEqual([])
  })

  it.each(['database', 'schema', 'keys', 'work'])('stops at once in the step %s', async (name) => {
    const names = ['database', 'schema', 'keys', 'work']
    const { startup, outcome } = start(
      names.map((each, index) =>
        step(each, { after: names.slice(0, index), start: each === name ? never : undefined }),
      ),
    )
    await vi.advanceTimersByTimeAsync(0)
    expect(startup.standing().missing[0]).toMatchObject({ name })
    startup.stop()
    expect(await outcome).toBe('stopped while starting')
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('stops at once while it waits for the next try', async () => {
    const { startup, outcome } = start([step('database', { start: () => Promise.reject(new Error('refused')) })])
    await vi.advanceTimersByTimeAsync(0)
    startup.stop()
    expect(await outcome).toBe('stopped while starting')
    await vi.advanceTimersByTimeAsync(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
