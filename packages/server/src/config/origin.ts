/** Where a value came from, and how that is said. */

export type Origin =
  | { kind: 'default' }
  | { kind: 'provider'; provider: string }
  | { kind: 'sink'; sink: string }
  /** `names`: the variables that were put in for `${NAME}`. */
  | { kind: 'file'; file: string; line: number; names: string[] }
  /** `firstUsers`: a name of the systems that Becket took over from, understood beside our own. */
  | { kind: 'env'; name: string; dotenv: boolean; firstUsers: boolean }
  | { kind: 'flag'; name: string }

export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'provider':
      return `default of provider ${origin.provider}`
    case 'sink':
      return `default of sink ${origin.sink}`
    case 'file':
      return `${origin.file}:${origin.line}${origin.names.length > 0 ? `, from ${origin.names.join(', ')}` : ''}`
    case 'env':
      return `env ${origin.name}${origin.dotenv ? ' (.env)' : ''}${origin.firstUsers ? ' (understood, not our name)' : ''}`
    case 'flag':
      return `--${origin.name}`
    default:
      return origin satisfies never
  }
}
