/** JSON pointers (RFC 6901) as configuration writes them. Undefined where they lead nowhere. */
import { isRecord } from '../json-body.ts'

export function isPointer(text: string): boolean {
  return /^(\/([^~/]|~[01])*)*$/.test(text)
}

export function resolvePointer(value: unknown, pointer: string): unknown {
  let here = value
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(here)) here = /^(0|[1-9]\d*)$/.test(name) ? here[Number(name)] : undefined
    else here = isRecord(here) && Object.hasOwn(here, name) ? here[name] : undefined
  }
  return here
}
