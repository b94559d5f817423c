/** What a file says about services and their variables. Each kind of file has a reader of its own beside this. */
import type { Setting } from '../../core/doctor/service-environment.ts'

export interface FoundService {
  /** As the file names it; null where the file is of one service and does not say which. */
  service: string | null
  environment: string | null
  settings: Map<string, Setting>
  /** Files with further variables, which those of this one win over; relative to this one. */
  envFiles: string[]
}

export interface FileReading {
  found: FoundService[]
  /** What cannot be understood, with file and line; never a piece of the text, which may be a secret. */
  problems: string[]
}

export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `${NAME}` and what shells make of it: the value stands elsewhere. `$$` is a dollar sign. */
export function settingOf(value: string, origin: string): Setting {
  const [, name] = /(?<!\$)(?:\$\$)*\$\{([A-Za-z_][A-Za-z0-9_]*)(?:[:?+-][^}]*)?\}/.exec(value) ?? []
  if (name !== undefined) return { kind: 'referenced', to: `\${${name}}`, origin }
  return { kind: 'set', value, origin }
}
