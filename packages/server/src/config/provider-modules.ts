/**
 * Finds the sources whose `provider` is a path, and has those modules loaded before the sources are judged. Only a path
 * that the file itself writes may load code: not one that a variable puts in.
 */
import { dirname, resolve } from 'node:path'
import { type Draft, isMap, pathText } from './draft.ts'
import type { Problem } from './problem.ts'
import type { ProviderDescription, ProviderImport, ProviderRegistry } from './source-config.ts'

export interface ModulesReading {
  /** With those of the modules. */
  providers: ProviderRegistry
  problems: Problem[]
}

/** `./providers/mine.mjs`, `../mine.mjs`, `/opt/mine.mjs`, `C:\mine.mjs`: what no name of a provider looks like. */
export function isModulePath(provider: unknown): provider is string {
  return typeof provider === 'string' && /^(\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\])/.test(provider)
}

export async function readProviderModules(
  draft: Draft,
  around: {
    providers: ProviderRegistry
    importProvider: ProviderImport | undefined
    /** Of the file that was read: paths are relative to it. */
    directory: string
  },
): Promise<ModulesReading> {
  const { importProvider, directory } = around
  const found: (ProviderDescription & { module: { written: string; path: string } })[] = []
  const problems: Problem[] = []
  const written = draft.get(['sources'])
  for (const [id, source] of Object.entries(isMap(written) ? written : {})) {
    const provider = isMap(source) ? source.provider : undefined
    if (!isModulePath(provider)) continue
    const at = ['sources', id, 'provider']
    const origin = draft.originOf(at)
    const complain = (what: string) => problems.push({ where: pathText(at), what, origin })
    if (origin?.kind !== 'file' || origin.names.length > 0) {
      complain('is a path that a variable puts in: only one written out in the file may load code')
      continue
    }
    if (found.some(({ module }) => module.written === provider)) continue
    if (importProvider === undefined) {
      complain('is a module, and this command loads none')
      continue
    }
    const path = resolve(directory, provider)
    const read = await importProvider(path)
    if (read.kind === 'faulty') {
      complain(`the module ${path}: ${read.reason}`)
      continue
    }
    const { name } = read.provider
    const namesake = [...around.providers, ...found].find((each) => each.name === name)
    if (namesake !== undefined && namesake.module?.path !== path) {
      complain(`the module ${path}: another provider has its name \`${name}\`; give it another`)
      continue
    }
    found.push({ ...read.provider, module: { written: provider, path } })
  }
  return { providers: [...around.providers, ...found], problems }
}

export function directoryOf(file: string | null, cwd: string): string {
  return file === null ? cwd : dirname(resolve(cwd, file))
}
