/**
 * Takes secrets out of what a probe says: those that it was given, however they are written, and whatever looks like one.
 * Others' words get into reports (a server's error, a redirect's address), and may repeat what we sent.
 */
import { redactText } from '../../core/redact.ts'

export type Scrub = (text: string) => string

const HIDDEN = '[redacted]'
// Shorter ones are words: taking them out would only garble the report.
const SHORTEST = 4
const MAX_LENGTH = 600

export function createScrub(secrets: readonly (string | null | undefined)[]): Scrub {
  const written = secrets
    .filter((secret) => secret !== null && secret !== undefined && secret.length >= SHORTEST)
    .flatMap((secret) => spellings(secret ?? ''))
    // The longest first, so that no half of one is left standing.
    .toSorted((one, other) => other.length - one.length)
  return (text) => {
    const hidden = written.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text)
    const line = redactText(hidden)
      .replace(/[\s\p{Cc}]+/gu, ' ')
      .trim()
    return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH - 1)}…` : line
  }
}

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8')
  const base64 = bytes.toString('base64')
  return [
    ...new Set([secret, encodeURIComponent(secret), base64, base64.replace(/=+$/, ''), bytes.toString('base64url')]),
  ]
}
