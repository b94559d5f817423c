import { describe, expect, it } from 'vitest'
import type { BreakerGate } from '../core/breaker-gate.ts'
import { alwaysOpen } from '../core/breaker-gate.ts'
import type { Breakers } from '../store/breakers.ts'
import { createPromise } from './open-promise.ts'
import { pauseGates } from './paused-gates.ts'

function setup() {
  const own: BreakerGate = { ...alwaysOpen, admit: async () => ({ kind: 'admitted', trial: true }) }
  const breakers: Breakers = {
    gate: (_name, subject) => (subject === 'without' ? alwaysOpen : own),
    list: async () => [],
    override: async () => {},
  }
  const first = createPromise()
  const asked: string[] = []
  let away: { untilMs: number; reason: string } | null = null
  const gates = pauseGates(breakers, {
    tried(step) {
      asked.push(step)
      return first.promise
    },
    pausedUntil: () => away,
  })
  const pause = (told: typeof away) => {
    away = told
  }
  return { gates, first, asked, pause }
}

describe('what waits for a dependency of this process', () => {
  it('waits until it was tried once, and is not held up after that', async () => {
    const { gates, first, asked } = setup()
    let isIn = false
    const admitted = gates.gate('source:studio').admit()
    const told = admitted.then(() => {
      isIn = true
    })
    await Promise.resolve()
    expect(isIn).toBe(false)
    first.resolve()
    await told
    expect(await gates.gate('source:studio').admit()).toEqual({ kind: 'admitted', trial: true })
    expect(asked).toEqual(['source:studio'])
  })

  it('is refused while the dependency is away, and let in again when it is back', async () => {
    const { gates, first, pause } = setup()
    first.resolve()
    await gates.gate('storage:fs').admit()
    pause({ untilMs: 5, reason: 'no route' })
    expect(await gates.gate('storage:fs').admit()).toEqual({ kind: 'refused', retryAtMs: 5, reason: 'no route' })
    pause(null)
    expect(await gates.gate('storage:fs').admit()).toMatchObject({ kind: 'admitted' })
  })

  it('has the breaker of its own subject, whoever asked before', async () => {
    const { gates, first } = setup()
    first.resolve()
    expect(await gates.gate('source:studio').admit()).toMatchObject({ trial: true })
    expect(await gates.gate('source:studio', 'without').admit()).toMatchObject({ trial: false })
    expect(await gates.gate('source:studio').admit()).toMatchObject({ trial: true })
  })
})
