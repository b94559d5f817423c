/** Reads the services of a compose file. What comes from the shell or from `.env` beside it is named, not guessed. */
import type { Setting } from '../../core/doctor/service-environment.ts'
import { type FileReading, settingOf, VARIABLE_NAME } from './file-reading.ts'
import { readYamlTree, type YamlTree } from './yaml-tree.ts'

export function readComposeFile(text: string, file: string): FileReading {
  const reading = readYamlTree(text)
  if (reading.kind === 'unreadable') return { found: [], problems: [`${file}:${reading.line}: ${reading.why}`] }
  const problems: string[] = []
  const services = [...(reading.tree.entries.get('services')?.entries ?? [])]
  if (services.length === 0) problems.push(`${file}:1: no services in this compose file`)
  return {
    problems,
    found: services.map(([service, tree]) => ({
      service,
      environment: null,
      settings: readVariables(tree.entries.get('environment'), file, problems),
      envFiles: filesOf(tree.entries.get('env_file')),
    })),
  }
}

function readVariables(tree: YamlTree | undefined, file: string, problems: string[]): Map<string, Setting> {
  const settings = new Map<string, Setting>()
  const put = (name: string, value: string | null | undefined, line: number) => {
    const origin = `${file}:${line}`
    if (!VARIABLE_NAME.test(name) || value === undefined) {
      problems.push(`${origin}: expected the name of a variable and its value`)
    } else if (value === null) settings.set(name, { kind: 'referenced', to: 'the shell', origin })
    else settings.set(name, unescaped(settingOf(value, origin)))
  }
  for (const [name, value] of tree?.entries ?? []) put(name, value.text, value.line)
  for (const { text, line } of tree?.items ?? []) {
    const [, name = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text ?? '') ?? []
    put(name, value ?? null, line)
  }
  return settings
}

/** In a compose file, `$$` is one dollar sign. */
function unescaped(setting: Setting): Setting {
  return setting.kind === 'set' ? { ...setting, value: setting.value.replaceAll('$$', () => '$') } : setting
}

function filesOf(tree: YamlTree | undefined): string[] {
  const all = tree === undefined ? [] : tree.items.length > 0 ? tree.items : [tree]
  return all.flatMap((each) => each.text ?? each.entries.get('path')?.text ?? [])
}
