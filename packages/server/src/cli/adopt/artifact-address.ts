/** Where the output of a job lies, by a template with {names} of its fields or columns. Pure. */
import type { StuckJob } from './stuck-job.ts'

export type ArtifactAddress = { kind: 'url'; url: string } | { kind: 'lacking'; reason: string }

const PLACE = /\{([^{}]+)\}/g

/** A template that is one name and nothing else is the whole address, as the row has it. */
export function fillArtifact(template: string, { externalId, id, facts }: StuckJob): ArtifactAddress {
  const values: Record<string, string | null | undefined> = { ...facts, externalId, id }
  const whole = /^\{([^{}]+)\}$/.exec(template)?.[1]
  let missing: string | null = null
  const url = template.replace(PLACE, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : null
    if (value === null || value === undefined || value === '') missing ??= name
    // Slashes stay: a path in storage is one of several segments.
    return whole === undefined ? (value ?? '').split('/').map(encodeURIComponent).join('/') : (value ?? '')
  })
  if (missing !== null) return { kind: 'lacking', reason: `it has no ${missing} to find its output by` }
  if (/^https?:\/\//i.test(url) && URL.canParse(url)) return { kind: 'url', url }
  return { kind: 'lacking', reason: 'what stands for its output is no web address' }
}
