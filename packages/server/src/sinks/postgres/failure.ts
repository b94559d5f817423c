/** What an error of the user's database means for the deliveries it struck, and what its owner has to do. Pure. */
import type { DeliveryAnswer } from '../../core/delivery.ts'
import { redactText } from '../../core/redact.ts'
import { isTransient, sqlState } from '../../db/sql-error.ts'

const WORDS = 300

export interface Place {
  sink: string
  /** As it is configured, for people. */
  table: string
  /** The option that names its columns. */
  columns: string
  /** What has to be unique. */
  unique: readonly string[]
}

/** `each`: one of the rows is at fault, and the others may pass without it. */
export interface Failure {
  strikes: 'each' | 'all'
  answer: DeliveryAnswer
}

/** Where the tables themselves, not what is put into them, are other than configured: 42501 is also said of single rows. */
const ofTheTable = (state: string) => /^(42|3F|0A)/.test(state) && state !== '42501'

/**
 * `isOpening`: nothing of ours was sent yet, so that it is the connection that failed, whatever is said: poolers have
 * words of their own for being full. Throws what is a bug: nothing that a database said.
 */
export function readFailure(error: unknown, isOpening: boolean, place: Place): Failure {
  if (error instanceof TypeError || error instanceof RangeError) throw error
  const state = sqlState(error)
  const said = error instanceof Error ? error.message || error.name : String(error)
  const code = state === undefined ? 'DATABASE_UNREACHABLE' : `SQLSTATE_${state}`
  const make = (remedy: string, retryable: boolean) => {
    const words = redactText(said).replace(/\s+/g, ' ').slice(0, WORDS)
    return { code, message: `${place.table}: ${words}. ${remedy}`, retryable }
  }
  // 25006: a standby, as after a failover.
  if (isOpening || state === undefined || isTransient(error) || state === '25006') {
    return { strikes: 'all', answer: { kind: 'retry', error: make('It is tried again.', true), isFault: true } }
  }
  if (state === '23503') {
    const remedy = 'The row that it refers to may still come: it is tried again.'
    return { strikes: 'each', answer: { kind: 'retry', error: make(remedy, true) } }
  }
  if (state.startsWith('XX')) {
    return { strikes: 'each', answer: { kind: 'retry', error: make('It is tried again.', true) } }
  }
  const advice = remedyOf(state, columnIn(error), place)
  // A table that is being made anew, or a right that is still to be granted: what waits for it must not be lost meanwhile.
  if (ofTheTable(state)) {
    return { strikes: 'all', answer: { kind: 'retry', error: make(`${advice}; meanwhile it is tried again.`, true) } }
  }
  return {
    strikes: 'each',
    answer: { kind: 'rejected', error: make(`${advice}; then send the delivery again.`, false) },
  }
}

function remedyOf(state: string, column: string | null, { sink, columns, unique }: Place): string {
  const at = `\`sinks.${sink}.${columns}\``
  const named = column === null ? 'the column' : `the column ${column}`
  switch (state) {
    case '42P01':
    case '3F000':
      return 'Make the table, or correct its name in the configuration'
    case '42703':
      return `Add the column to the table, or correct ${at}`
    case '42P10':
      return `Give the table a unique constraint on exactly (${unique.join(', ')})`
    case '42501':
      return 'Grant the user select, insert and update on the table, and delete where it holds chunks'
    case '23502':
      return `Fill ${named} under ${at}, or give it a default`
    case '23505':
      return 'Another row has the same value where it must be unique: correct that row, or the mapping'
    case '23514':
      return `A check of the table refuses the value: widen it, or correct ${at}`
    case '428C9':
      return `Leave ${named} out of ${at}: the database fills it itself`
    default:
      return state.startsWith('22') || state.startsWith('42')
        ? `Make the types of the columns fit what ${at} puts into them`
        : 'See to what the database says'
  }
}

function columnIn(error: unknown): string | null {
  return error instanceof Error && 'column' in error && typeof error.column === 'string' ? error.column : null
}
