/** JSON pointers (RFC 6901) as configuration writes them: they name a value inside a value. Pure. */

/** Starts with a slash: the pointer to the whole, which is empty, reads like something forgotten. */
export function isPointer(text: string): boolean {
  return /^(\/([^~/]|~[01])*)+$/.test(text)
}

/** Undefined where it leads nowhere. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let here = value
  for (const name of namesIn(pointer)) {
    if (Array.isArray(here)) here = /^(0|[1-9]\d*)$/.test(name) ? here[Number(name)] : undefined
    // Its own fields only: `constructor` is nobody's value.
    else
      here =
        typeof here === 'object' && here !== null && Object.hasOwn(here, name) ? Reflect.get(here, name) : undefined
  }
  return here
}

// 500: pointers are written in configuration, and each is followed again and again.
const REMEMBERED = 500
const known = new Map<string, readonly string[]>()

function namesIn(pointer: string): readonly string[] {
  const names = known.get(pointer)
  if (names !== undefined) return names
  const parts = pointer.split('/').slice(1)
  const read = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (known.size >= REMEMBERED) known.clear()
  known.set(pointer, read)
  return read
}
