/** Reads `render.yaml`: what it sets itself, and what it leaves to the dashboard, to a database or to another service. */
import type { Setting } from '../../core/doctor/service-environment.ts'
import { type FileReading, type FoundService, VARIABLE_NAME } from './file-reading.ts'
import { readYamlTree, type YamlTree } from './yaml-tree.ts'

const references: readonly (readonly [string, string])[] = [
  ['fromDatabase', 'the database of the blueprint'],
  ['fromService', 'another service'],
  ['generateValue', 'made by Render'],
  ['sync', 'set in the dashboard'],
]

export function readRenderBlueprint(text: string, file: string): FileReading {
  const reading = readYamlTree(text)
  if (reading.kind === 'unreadable') return { found: [], problems: [`${file}:${reading.line}: ${reading.why}`] }
  const { tree } = reading
  const problems: string[] = []
  const found = readServices(tree, null, { file, groups: groupsIn(tree), problems })
  for (const project of tree.entries.get('projects')?.items ?? []) {
    for (const environment of project.entries.get('environments')?.items ?? []) {
      const groups = new Map([...groupsIn(tree), ...groupsIn(environment)])
      found.push(
        ...readServices(environment, environment.entries.get('name')?.text ?? null, { file, groups, problems }),
      )
    }
  }
  if (found.length === 0 && problems.length === 0) problems.push(`${file}:1: no services in this blueprint`)
  return { found, problems }
}

type Groups = ReadonlyMap<string, readonly YamlTree[]>

function groupsIn(tree: YamlTree): Groups {
  return new Map(
    (tree.entries.get('envVarGroups')?.items ?? []).map((group) => [
      group.entries.get('name')?.text ?? '',
      group.entries.get('envVars')?.items ?? [],
    ]),
  )
}

interface Around {
  file: string
  groups: Groups
  problems: string[]
}

function readServices(tree: YamlTree, environment: string | null, around: Around): FoundService[] {
  return (tree.entries.get('services')?.items ?? []).map((service) => ({
    service: service.entries.get('name')?.text ?? null,
    environment,
    settings: readVariables(service.entries.get('envVars')?.items ?? [], around),
    envFiles: [],
  }))
}

function readVariables(items: readonly YamlTree[], around: Around): Map<string, Setting> {
  const settings = new Map<string, Setting>()
  for (const item of items) {
    const group = item.entries.get('fromGroup')?.text
    const origin = `${around.file}:${item.line}`
    if (group !== undefined && group !== null) {
      const members = around.groups.get(group)
      if (members === undefined) around.problems.push(`${origin}: no such group of variables in this file`)
      else for (const [name, setting] of readVariables(members, around)) settings.set(name, setting)
      continue
    }
    const name = item.entries.get('key')?.text ?? ''
    if (!VARIABLE_NAME.test(name)) around.problems.push(`${origin}: expected the key of a variable`)
    else settings.set(name, variableOf(item, origin))
  }
  return settings
}

function variableOf(item: YamlTree, origin: string): Setting {
  const value = item.entries.get('value')?.text
  if (value !== undefined) return { kind: 'set', value: value ?? '', origin }
  const [, to = 'set elsewhere'] = references.find(([key]) => item.entries.has(key)) ?? []
  return { kind: 'referenced', to, origin }
}
