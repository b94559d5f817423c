/** When to kill and whom, drawn like cards: every kind of moment comes up before one comes up too often. */
import type { Chance } from './chance.ts'
import type { Moment } from './relay.ts'

export type When =
  /** So long after the process was started, ready or not. */
  | { kind: 'start-up'; afterMs: number }
  /** So long after it was ready. */
  | { kind: 'any'; afterMs: number }
  /** When the relays see this, and so long after: 0 is before anything is passed on. */
  | { kind: 'moment'; moment: Moment; afterMs: number }

export const victims = ['server', 'postmaster', 'server and postmaster', 'one backend', 'everything'] as const
export type Victim = (typeof victims)[number]

export interface Card {
  when: When
  victim: Victim
}

const asked = (kind: string): Moment => ({ kind, phase: 'asked' })
const answered = (kind: string): Moment => ({ kind, phase: 'answered' })

// What the server is asked: killed at work on it. What it asks others: killed while they work, or have just answered.
const moments: readonly Moment[] = [
  asked('create'),
  asked('content'),
  asked('finalize'),
  asked('callback'),
  asked('callback'),
  asked('submit'),
  asked('submit'),
  asked('embed'),
  asked('deliver'),
  answered('content'),
  answered('finalize'),
  answered('callback'),
  answered('callback'),
  answered('submit'),
  answered('submit'),
  answered('embed'),
  answered('check'),
  // Taken, and the server will never know.
  answered('deliver'),
]

export function drawDeck(kills: number, chance: Chance): Card[] {
  const whens: When[] = []
  while (whens.length < kills) {
    whens.push(
      ...chance.shuffled<When>([
        ...moments.map((moment) => ({ kind: 'moment' as const, moment, afterMs: lateness(moment, chance) })),
        // A start takes about a second: before, in the middle, just before its end.
        { kind: 'start-up', afterMs: chance.between(0, 300) },
        { kind: 'start-up', afterMs: chance.between(300, 700) },
        { kind: 'start-up', afterMs: chance.between(500, 1_200) },
        { kind: 'any', afterMs: chance.between(0, 20) },
        { kind: 'any', afterMs: chance.between(20, 300) },
        { kind: 'any', afterMs: chance.between(300, 1_500) },
        { kind: 'any', afterMs: chance.between(1_000, 3_000) },
      ]),
    )
  }
  // One kill in three takes the database, each way as often as the others.
  const others = victims.filter((victim) => victim !== 'server')
  const whom = Array.from(
    { length: kills },
    (_, index): Victim => (index % 3 === 2 ? (others[Math.floor(index / 3) % others.length] ?? 'server') : 'server'),
  )
  const shuffled = chance.shuffled(whom)
  return whens.slice(0, kills).map((when, index) => ({ when, victim: shuffled[index] ?? 'server' }))
}

function lateness({ phase }: Moment, chance: Chance): number {
  if (phase === 'answered') return 0
  return chance.next() < 0.2 ? 0 : chance.between(1, 40)
}

export function describe({ when, victim }: Card): string {
  const at =
    when.kind === 'moment' ? `${when.moment.kind} ${when.moment.phase}` : when.kind === 'any' ? 'running' : 'starting'
  return `${at} +${when.afterMs} ms: ${victim}`
}
