import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWaitSignals } from './wait-signals.ts'

describe('the signal of a request that waits', () => {
  it('is aborted when its caller goes away, and no other', () => {
    const waits = createWaitSignals()
    const [mine, other] = [new EventEmitter(), new EventEmitter()]
    const [signal, untouched] = [waits.waitFor(mine, 1_000).signal, waits.waitFor(other, 1_000).signal]
    mine.emit('close')
    expect([signal.aborted, untouched.aborted]).toEqual([true, false])
  })

  it('is aborted when the server stops, also if it comes too late', () => {
    const waits = createWaitSignals()
    const signal = waits.waitFor(new EventEmitter(), 1_000).signal
    waits.stop()
    waits.stop()
    expect([signal.aborted, waits.waitFor(new EventEmitter(), 1_000).signal.aborted]).toEqual([true, true])
  })
})
