/** A timeline as lines: how long after the first entry, how bad, what happened, to what, and its facts in short. */
import type { TimelineEvent } from '@becket/client'
import { z } from 'zod'
import { describeDuration } from '../core/duration.ts'
import { visible } from './demo/terminal-text.ts'
import type { Output } from './output.ts'

const marks = { info: '·', warn: '!', error: '✗' } as const
const tones = { info: 'faint', warn: 'notable', error: 'bad' } as const
// Enough for an id, a size or a code; the whole of it is in --json.
const LONGEST_FACT = 60
// Three lines of a terminal: a message ends with what to do.
const LONGEST_REASON = 240

const errorSchema = z.object({ code: z.string(), message: z.string() })

/** `own`: the id whose timeline it is, not repeated on each line. */
export function timelineLines(
  events: readonly TimelineEvent[],
  own: string,
  { paint }: Pick<Output, 'paint'>,
): string[] {
  const start = Date.parse(events[0]?.at ?? '')
  const offsets = events.map((event) => `+${describeDuration(Math.max(0, Date.parse(event.at) - start))}`)
  const offsetWidth = Math.max(0, ...offsets.map((offset) => offset.length))
  const typeWidth = Math.max(0, ...events.map((event) => event.type.length))
  return events.map((event, index) => {
    const subject = event.subject === own ? '' : event.subject
    const facts = [subject, factsOf(event.data)].filter((part) => part !== '').join('  ')
    const offset = paint('faint', (offsets[index] ?? '').padStart(offsetWidth))
    const mark = paint(tones[event.severity], marks[event.severity])
    return `${offset}  ${mark} ${visible(event.type).padEnd(typeWidth)}  ${visible(facts)}`.trimEnd()
  })
}

/** `attempt=2 tookMs=340`: what is plain. Of what is nested, an error is told, since it is what one looks for; the rest is named. */
export function factsOf(data: unknown): string {
  if (typeof data !== 'object' || data === null)
    return data === null || data === undefined ? '' : clip(String(data), LONGEST_FACT)
  return Object.entries(data)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${factOf(name, value)}`)
    .join(' ')
}

function factOf(name: string, value: unknown): string {
  if (Array.isArray(value)) return '[…]'
  if (typeof value !== 'object' || value === null) {
    return clip(String(value), name === 'reason' ? LONGEST_REASON : LONGEST_FACT)
  }
  const error = errorSchema.safeParse(value).data
  return error === undefined ? '{…}' : clip(`${error.code}: ${error.message}`, LONGEST_REASON)
}

function clip(text: string, longest: number): string {
  const quoted = /\s/.test(text) ? JSON.stringify(text) : text
  return quoted.length > longest ? `${quoted.slice(0, longest)}…` : quoted
}
