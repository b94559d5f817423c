/** When an instance last got on, from the progress that it reports: each loop's last round, as a time. */

export interface LastProgress {
  loop: string
  at: string
}

/** Loops may report a time, or a record that holds one; anything else is not a time and is left out. Latest first. */
export function progressTimes(progress: Readonly<Record<string, unknown>>): LastProgress[] {
  const times: LastProgress[] = []
  for (const [loop, value] of Object.entries(progress)) {
    const at = timeIn(value)
    if (at !== null) times.push({ loop, at })
  }
  return times.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
}

function timeIn(value: unknown): string | null {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return value
  // Milliseconds since 1970: anything smaller is a count or a duration.
  if (typeof value === 'number' && value > 1e12) return new Date(value).toISOString()
  if (typeof value !== 'object' || value === null) return null
  const times = Object.values(value).flatMap((inner) => timeIn(inner) ?? [])
  return times.toSorted((a, b) => Date.parse(b) - Date.parse(a))[0] ?? null
}
