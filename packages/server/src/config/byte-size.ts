/** Sizes as people write them: `10 MiB`, `512KiB`, `1000`. MB is 10^6 and MiB is 2^20, as the standards have it. */

const UNITS: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** Null when the text is no size. A bare number counts bytes. */
export function parseByteSize(text: string | number): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(text))
  if (match === null) return null
  const unit = UNITS[(match[2] ?? '').toLowerCase()]
  if (unit === undefined) return null
  const bytes = Number(match[1]) * unit
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** In the largest binary unit that divides it, so that nothing is rounded away. */
export function formatByteSize(bytes: number): string {
  for (const [name, factor] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor} ${name}`
  }
  return `${bytes} B`
}
