/** What the endpoint got, against what the database knows: every end was delivered, under one id, the last one last. */
import type { Check } from './database-checks.ts'
import type { Endpoint, Received } from './endpoint.ts'
import type { Postgres } from './postgres.ts'

interface Row {
  id: string
  subject: string
  type: string
  state: string
  jobState: string
}

export interface DeliveryChecks {
  checks: Check[]
  /** `repeats`: takings of what was taken before. */
  deliveries: { ends: number; requests: number; refused: number; repeats: number }
}

export async function checkDeliveries(postgres: Postgres, endpoint: Endpoint): Promise<DeliveryChecks> {
  const { received } = endpoint
  const taken = received.filter(({ isTaken }) => isTaken)
  const rows = await postgres.ask<Row>(
    `select o.id, o.subject, o.type, o.state, j.state as "jobState"
     from becket.job j join becket.outbox o on o.subject = j.id order by o.created_at, o.id`,
  )
  const takenIds = new Set(taken.map(({ id }) => id))
  const repeats = taken.length - takenIds.size
  return {
    deliveries: { ends: rows.length, requests: received.length, refused: received.length - taken.length, repeats },
    checks: [
      {
        name: 'every end was delivered at least once',
        figure: `${rows.length} ends, ${taken.length} taken, ${repeats} of them repeats`,
        faults: rows.flatMap(({ id, subject, state }) => {
          if (state !== 'delivered') return [`${id} of ${subject} is ${state}`]
          return takenIds.has(id) ? [] : [`${id} of ${subject} is delivered, and never arrived`]
        }),
      },
      {
        name: 'each end has one id and one body, well signed',
        figure: `${received.length} requests`,
        faults: [...endpoint.faults, ...strangers(rows, received), ...changed(received)],
      },
      {
        name: 'the last result that was delivered is how the job ended',
        figure: `${new Set(rows.map(({ subject }) => subject)).size} jobs`,
        faults: notLast(rows, taken),
      },
    ],
  }
}

function strangers(rows: readonly Row[], received: readonly Received[]): string[] {
  const known = new Map(rows.map((row) => [row.id, row]))
  return received.flatMap(({ id, result }) => {
    const row = known.get(id)
    if (row?.subject === result.id && row.type === result.type) return []
    return [
      `${id} told ${result.type} of ${result.id}, and is ${row?.type ?? 'nothing'} of ${row?.subject ?? 'nobody'}`,
    ]
  })
}

function changed(received: readonly Received[]): string[] {
  const bodies = new Map<string, string>()
  return received.flatMap(({ id, body }) => {
    const before = bodies.get(id) ?? body
    bodies.set(id, before)
    return before === body ? [] : [`${id} said ${before.slice(0, 200)}, and then ${body.slice(0, 200)}`]
  })
}

function notLast(rows: readonly Row[], taken: readonly Received[]): string[] {
  const last = new Map(taken.map(({ result }) => [result.id, result]))
  return [...new Map(rows.map((row) => [row.subject, row])).values()].flatMap(({ subject, jobState }) => {
    const state = last.get(subject)?.state ?? 'unknown'
    return state === jobState ? [] : [`${subject} is ${jobState}, and was last told to be ${state}`]
  })
}
