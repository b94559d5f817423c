/** Paths that a source claims, `/webhook/llamaparse/{job_id}`, as the router knows them. Pure. */
import { AppError } from '../core/error.ts'

export interface IntakePath {
  source: string
  /** `{name}` stands for one step of the path. */
  template: string
}

export interface RoutedPath extends IntakePath {
  /** What the router matches; parameters are called p0, p1, …: names of ours, whatever theirs are. */
  pattern: string
  /** Their names, in order. */
  names: string[]
}

const STEP = /^(?:\{[A-Za-z_][A-Za-z0-9_-]{0,63}\}|[A-Za-z0-9._~!$&'()+,;=@%-]+)$/

/** What Becket itself answers. */
const RESERVED = ['v1', 'in', 'livez', 'readyz', 'metrics', 'openapi.json']

export function routePaths(paths: readonly IntakePath[]): RoutedPath[] {
  const taken = new Map<string, string>()
  return paths.map(({ source, template }) => {
    const refuse = (why: string) =>
      new AppError('CONFIGURATION_INVALID', `Path ${template} of source ${source} ${why}`, {
        hint: 'Write it like /webhook/orders/{job_id}, and give each path to one source only.',
      })
    const steps = template.split('/').slice(1)
    if (!template.startsWith('/') || steps.length === 0 || !steps.every((step) => STEP.test(step))) {
      throw refuse('is not a path')
    }
    if (RESERVED.includes(steps[0] ?? '')) throw refuse('begins like an address of Becket itself')
    const names: string[] = []
    const pattern = steps.map((step) => {
      if (!step.startsWith('{')) return step
      names.push(step.slice(1, -1))
      return `:p${names.length - 1}`
    })
    const joined = `/${pattern.join('/')}`
    const other = taken.get(joined)
    if (other !== undefined) throw refuse(`is also a path of source ${other}`)
    if (new Set(names).size < names.length) throw refuse('names a part twice')
    taken.set(joined, source)
    return { source, template, pattern: joined, names }
  })
}
