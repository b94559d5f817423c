/** All addresses that the server answers: to tell a wrong method from a wrong address, and to suggest the right one. */
import { suggest } from '../core/suggest.ts'

export interface AddressBook {
  add(method: string, pattern: string): void
  /** Methods that the address takes; empty where there is no such address. */
  methodsOf(path: string): string[]
  suggestionFor(path: string): string | undefined
}

export function createAddressBook(): AddressBook {
  const methods = new Map<string, Set<string>>()
  return {
    add(method, pattern) {
      if (pattern.includes('*')) return
      const known = methods.get(pattern) ?? new Set()
      known.add(method)
      methods.set(pattern, known)
    },
    methodsOf(path) {
      const steps = stepsOf(path)
      const matching = [...methods].filter(([pattern]) => fill(pattern, steps) === `/${steps.join('/')}`)
      return [...new Set(matching.flatMap(([, known]) => [...known]))].sort()
    },
    suggestionFor(path) {
      const steps = stepsOf(path)
      // Nobody who meant one of ours wrote twice as much.
      if (path.length > 200) return undefined
      const near = (tried: readonly string[]) =>
        suggest(
          `/${tried.join('/')}`,
          [...methods.keys()].map((pattern) => fill(pattern, tried)),
        )
      // The prefix of the API is what is forgotten most.
      return near(steps) ?? near(['v1', ...steps])
    },
  }
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '')
}

/** The pattern with its parameters taken from the path at the same place, and by name where the path has none. */
function fill(pattern: string, steps: readonly string[]): string {
  return `/${stepsOf(pattern)
    .map((step, index) => (step.startsWith(':') ? (steps[index] ?? step) : step))
    .join('/')}`
}
