import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWaitSignals } from './wait-signals.ts'

const response = () => Object.assign(new EventEmitter(), { writableEnded: false })

describe('the signal of a request that waits', () => {
  it('is aborted when its caller goes away, and no other', () => {
    const waits = createWaitSignals()
    const [mine, other] = [response(), response()]
    const [signal, untouched] = [waits.waitFor(mine, 1_000).signal, waits.waitFor(other, 1_000).signal]
    mine.emit('close')
    expect([signal.aborted, untouched.aborted]).toEqual([true, false])
  })

  it('stays as it is when the connection of who was answered closes', () => {
    const mine = response()
    const { signal } = createWaitSignals().waitFor(mine, 1_000)
    mine.writableEnded = true
    mine.emit('close')
    expect(signal.aborted).toBe(false)
  })

  it('is aborted when the server stops, also if it comes too late', () => {
    const waits = createWaitSignals()
    const signal = waits.waitFor(response(), 1_000).signal
    waits.stop()
    waits.stop()
    expect([signal.aborted, waits.waitFor(response(), 1_000).signal.aborted]).toEqual([true, true])
  })
})
