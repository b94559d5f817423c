/**
 * The configuration while it is being put together: values as they were written, later layers over earlier ones, each
 * with its origin. Judges nothing.
 */
import type { Origin } from './origin.ts'

export type Path = readonly (string | number)[]

export interface Draft {
  /** Puts a value over what was there. Does nothing below a value that is not a map: that is reported by the schema. */
  set(path: Path, value: unknown, origin: Origin): void
  get(path: Path): unknown
  /** Of the value, else of the nearest thing around it; null where nothing was written. */
  originOf(path: Path): Origin | null
  /** Whether the file put this variable in somewhere. */
  hasPutIn(name: string): boolean
  readonly root: unknown
}

export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** Stands where a `${NAME}` could not be put in: that is reported already, so what the schema says of it is not. */
export const unresolved: unique symbol = Symbol('unresolved')

type Container = Record<string | number, unknown>

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

export function createDraft(): Draft {
  const root: Container = {}
  const origins = new Map<string, Origin>()

  function containerAt(path: Path): Container | null {
    let here: Container = root
    for (const part of path) {
      const next = Object.hasOwn(here, part) ? here[part] : undefined
      if (next === undefined) {
        const made: Container = {}
        here[part] = made
        here = made
      } else if (isContainer(next)) here = next
      else return null
    }
    return here
  }

  return {
    root,
    set(path, value, origin) {
      const last = path.at(-1)
      if (last === undefined) return
      const holder = containerAt(path.slice(0, -1))
      if (holder === null) return
      const name = pathText(path)
      for (const known of origins.keys()) {
        if (known.startsWith(`${name}.`) || known.startsWith(`${name}[`)) origins.delete(known)
      }
      holder[last] = value
      origins.set(name, origin)
    },
    get(path) {
      let here: unknown = root
      for (const part of path) {
        if (!isContainer(here) || !Object.hasOwn(here, part)) return undefined
        here = here[part]
      }
      return here
    },
    hasPutIn: (name) => [...origins.values()].some((origin) => origin.kind === 'file' && origin.names.includes(name)),
    originOf(path) {
      for (let length = path.length; length > 0; length--) {
        const origin = origins.get(pathText(path.slice(0, length)))
        if (origin !== undefined) return origin
      }
      return null
    },
  }
}
