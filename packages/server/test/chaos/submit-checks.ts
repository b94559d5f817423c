/** What the provider was asked, against what the database knows: nothing was submitted twice without a good reason. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry, LedgerReading } from '@becket/rehearsal'
import { createTokenKeys, makeCallbackToken } from '../../src/core/callback-token.ts'
import type { Check } from './database-checks.ts'
import type { Postgres } from './postgres.ts'

interface Attempt {
  id: string
  key: string
  operation: string
  attempt: number
  state: string
  unconfirmed: boolean
}

export interface SubmitChecks {
  checks: Check[]
  /** Attempts after the first, by why they were made. */
  resubmits: { afterUnconfirmed: number; afterFailure: number }
}

export async function checkSubmits(
  postgres: Postgres,
  ledger: LedgerReading,
  { publicUrl, dataDir }: { publicUrl: string; dataDir: string },
): Promise<SubmitChecks> {
  const submits = ledger.entries('submit')
  const attempts = await postgres.ask<Attempt>(
    `select e.id, e.key, e.operation, e.attempt, e.state,
       exists (select from becket.event v where v.subject = e.id and v.type = 'expectation.unconfirmed') as unconfirmed
     from becket.expectation e order by e.key, e.operation, e.attempt`,
  )
  const { blind, resubmits } = judgeRepeats(attempts)
  const known = new Set(attempts.map(({ id }) => clientKeyOf(publicUrl, dataDir, id)))
  const strangers = submits.filter(({ clientKey }) => clientKey === null || !known.has(clientKey))
  const submittedTwice = keysRepeated(submits)
  const takenTwice = keysRepeated(submits.filter(({ jobId }) => jobId !== null))
  const parses = attempts.filter(({ operation }) => operation === 'parse')
  return {
    resubmits,
    checks: [
      {
        name: 'no attempt was submitted twice',
        figure: `${submits.length} submits of ${new Set(submits.map(({ work }) => work)).size} files, ${submits.filter(({ jobId }) => jobId !== null).length} taken`,
        faults: [
          ...takenTwice.map((key) => `the attempt with the client key ${key} was taken twice`),
          ...submittedTwice.map((key) => `the attempt with the client key ${key} was submitted twice`),
        ],
      },
      {
        name: 'every submit was written down before it was made',
        figure: `${parses.length} attempts to parse for ${submits.length} submits`,
        faults: strangers.map(({ work, attempt }) => `submit ${attempt} of ${work} belongs to no expectation`),
      },
      {
        name: 'another attempt only after one that failed, or of which nobody knows',
        figure: `${resubmits.afterUnconfirmed} after unconfirmed, ${resubmits.afterFailure} after failed`,
        faults: blind,
      },
    ],
  }
}

function keysRepeated(submits: readonly Entry<'submit'>[]): string[] {
  const seen = new Map<string, number>()
  for (const { clientKey } of submits) if (clientKey !== null) seen.set(clientKey, (seen.get(clientKey) ?? 0) + 1)
  return [...seen].flatMap(([key, count]) => (count > 1 ? [key] : []))
}

function judgeRepeats(attempts: readonly Attempt[]) {
  const blind: string[] = []
  const resubmits = { afterUnconfirmed: 0, afterFailure: 0 }
  for (const [index, attempt] of attempts.entries()) {
    if (attempt.attempt === 1) continue
    const before = attempts[index - 1]
    const follows =
      before?.key === attempt.key && before.operation === attempt.operation && before.attempt === attempt.attempt - 1
    if (follows && before.state === 'failed') resubmits.afterFailure++
    else if (follows && before.unconfirmed) resubmits.afterUnconfirmed++
    else
      blind.push(
        `${attempt.id} is attempt ${attempt.attempt} at ${attempt.key}, after one that is ${before?.state ?? 'not there'}`,
      )
  }
  return { blind, resubmits }
}

/** As the stand-ins tell one attempt from another: by its callback address, which is derived, never stored. */
function clientKeyOf(publicUrl: string, dataDir: string, expectationId: string): string {
  const key = Buffer.from(readFileSync(join(dataDir, 'server.key'), 'utf8').trim(), 'hex')
  const id = createHash('sha256').update(key).digest('hex').slice(0, 8)
  const token = makeCallbackToken(createTokenKeys([{ id, key }]), expectationId)
  return createHash('sha256').update(`${publicUrl}/in/llamaparse/t/${token}`).digest('hex').slice(0, 16)
}
