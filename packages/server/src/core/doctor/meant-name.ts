/** Which name was meant by one that nobody reads. Rather none than a wrong one: a value in the wrong place does harm. */
import { suggest } from '../suggest.ts'

// What a name ends with says what it holds; an address is never meant to be a key.
const KINDS = new Set(['url', 'key', 'secret', 'id', 'token', 'host', 'port', 'name', 'email', 'path', 'mode'])

export function meantName(written: string, candidates: readonly string[]): string | null {
  const kind = kindOf(written)
  const alike = candidates.filter((name) => {
    const other = kindOf(name)
    return kind === null || other === null || kind === other
  })
  return suggest(written, alike) ?? null
}

function kindOf(name: string): string | null {
  const last = name.toLowerCase().split('_').at(-1) ?? ''
  return KINDS.has(last) ? last : null
}
