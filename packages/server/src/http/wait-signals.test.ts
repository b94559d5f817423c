import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWaitSignals } from './wait-signals.ts'

describe('the signal of a request that waits', () => {
  it('is aborted when its caller goes away, and no other', () => {
    const waits = createWaitSignals()
    const [mine, other] = [new EventEmitter(), new EventEmitter()]
    const [signal, untouched] = [waits.signalFor(mine), waits.signalFor(other)]
    mine.emit('close')
    expect([signal.aborted, untouched.aborted]).toEqual([true, false])
  })

  it('is aborted when the server stops, also if it comes too late', () => {
    const waits = createWaitSignals()
    const signal = waits.signalFor(new EventEmitter())
    waits.stop()
    waits.stop()
    expect([signal.aborted, waits.signalFor(new EventEmitter()).aborted]).toEqual([true, true])
  })
})
