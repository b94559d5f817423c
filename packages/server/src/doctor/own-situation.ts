/** What `becket.yaml` says already, for `own-manifest.ts`. Judges nothing in it: `becket config` does. */

import { createVariables } from '../config/dotenv.ts'
import { createDraft } from '../config/draft.ts'
import { readYaml } from '../config/yaml-file.ts'
import { environmentOfWord } from '../core/doctor/service-environment.ts'
import { isWritten, type OwnSituation } from './own-manifest.ts'

const REFERENCE = /(?<!\$)\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** `file`: null where there is none. `environment`: as the variables say it. */
export function ownSituation(file: { name: string; text: string } | null, environment: string | null): OwnSituation {
  if (file === null) {
    return { isProduction: environment === 'production', isInFile: () => false, putIn: new Map() }
  }
  const draft = createDraft()
  // What a variable puts in is of no interest here, only that something stands there.
  readYaml(file, createVariables({}, {}), draft)
  const written = draft.get(['environment'])
  const own = typeof written === 'string' ? environmentOfWord(written) : null
  return {
    isProduction: (environment ?? own) === 'production',
    isInFile: (path) => isWritten(draft.root, path),
    putIn: referencesIn(file),
  }
}

function referencesIn({ name, text }: { name: string; text: string }): Map<string, string> {
  const found = new Map<string, string>()
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*#/.test(line)) continue
    for (const [, variable = ''] of line.matchAll(REFERENCE)) {
      if (!found.has(variable)) found.set(variable, `${name}:${index + 1}`)
    }
  }
  return found
}
