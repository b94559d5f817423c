/** Reads JSON by the pointers and words of a source's configuration: for callbacks, and for answers about a status. */

import { resolvePointer } from '../../core/json-pointer.ts'
import { isRecord, readId, readJson } from '../json-body.ts'
import type { InboundCallback, Outcome, ProviderError, Reading } from '../provider.ts'
import { cleanMessage, readSaid } from '../provider-error.ts'
import type { HttpReading } from './options.ts'

/** `unknown`: readable, but neither success nor failure nor a word that is known to mean "not yet". */
export type HttpClaim = Reading | { kind: 'unknown'; externalId: string | null; word: string }

export function readClaim(body: Buffer, reading: HttpReading): HttpClaim {
  const read = readJson(body)
  if (read.kind === 'unreadable') return read
  const at = (pointer: string | undefined): unknown =>
    pointer === undefined ? undefined : resolvePointer(read.value, pointer)
  const externalId = readId(at(reading.externalId))
  const succeed = (): HttpClaim => {
    const output = reading.output === undefined ? null : (at(reading.output) ?? null)
    return { kind: 'outcome', externalId, outcome: { verdict: 'succeeded', output } }
  }
  const fail = (word: string | null): HttpClaim => {
    const outcome: Outcome = { verdict: 'failed', error: readError(at(reading.error), word) }
    return { kind: 'outcome', externalId, outcome }
  }
  if (reading.status === undefined) {
    if (isThere(at(reading.error))) return fail(null)
    return isThere(at(reading.output)) ? succeed() : unreadable(`nothing is at ${reading.output}`)
  }
  const status = at(reading.status)
  if (status === undefined || status === null) return unreadable(`nothing is at ${reading.status}`)
  if (typeof status === 'object') return unreadable(`what is at ${reading.status} is not a word`)
  const word = String(status)
  if (includesWord(reading.succeeded, word)) return succeed()
  if (includesWord(reading.failed, word)) return fail(word)
  if (includesWord(reading.pending, word)) return { kind: 'progress', externalId }
  return { kind: 'unknown', externalId, word: word.slice(0, 60) }
}

/** A word that nobody configured is never taken for a failure, nor for success: the callback is kept apart. */
export function readCallback(callback: InboundCallback, reading: HttpReading): Reading {
  const claim = readClaim(callback.body, reading)
  if (claim.kind !== 'unknown') return claim
  return unreadable(`the word ${JSON.stringify(claim.word)} at ${reading.status} is none that the source knows`)
}

export function readEventId(callback: InboundCallback, pointer: string | undefined): string | null {
  if (pointer === undefined) return null
  const read = readJson(callback.body)
  return read.kind === 'unreadable' ? null : readId(resolvePointer(read.value, pointer))
}

function readError(value: unknown, word: string | null): ProviderError {
  const said = readSaid(value)
  const raw = said.message === null && isThere(value) ? JSON.stringify(value) : null
  return {
    code: said.code ?? 'PROVIDER_FAILED',
    message:
      said.message ?? (raw === null ? `the provider says ${JSON.stringify(word)} and not why` : cleanMessage(raw)),
    // An API that nobody here knows: whether the same again may succeed is its owner's to judge.
    retryable: false,
  }
}

function isThere(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return false
  if (Array.isArray(value)) return value.length > 0
  return !isRecord(value) || Object.keys(value).length > 0
}

function includesWord(words: readonly unknown[], word: string): boolean {
  return words.some((known) => String(known).toLowerCase() === word.trim().toLowerCase())
}

function unreadable(reason: string): Extract<Reading, { kind: 'unreadable' }> {
  return { kind: 'unreadable', reason }
}
