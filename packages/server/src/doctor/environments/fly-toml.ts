/** Reads the `[env]` table of `fly.toml`. Secrets of Fly stand in no file, so what is missing here may be one of them. */
import type { Setting } from '../../core/doctor/service-environment.ts'
import { type FileReading, VARIABLE_NAME } from './file-reading.ts'

export function readFlyToml(text: string, file: string): FileReading {
  const settings = new Map<string, Setting>()
  const problems: string[] = []
  let table = ''
  let service: string | null = null
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.trim()
    const origin = `${file}:${index + 1}`
    if (line === '' || line.startsWith('#')) continue
    const [, header] = /^\[+\s*([^\]]+?)\s*\]+\s*(?:#.*)?$/.exec(line) ?? []
    if (header !== undefined) {
      table = header
      continue
    }
    const isApp = table === '' && /^app\s*=/.test(line)
    if (table !== 'env' && !isApp) continue
    const [, name = '', rest = ''] = /^(?:"([^"]+)"|'[^']+'|[A-Za-z0-9_-]+)\s*=/.test(line) ? split(line) : []
    const value = tomlValue(rest)
    if (name === '' || value === null || !VARIABLE_NAME.test(name)) {
      problems.push(`${origin}: not understood; expected NAME = "value" on one line`)
    } else if (isApp) service = value
    else settings.set(name, { kind: 'set', value, origin })
  }
  return { found: [{ service, environment: null, settings, envFiles: [] }], problems }
}

function split(line: string): string[] {
  const at = line.indexOf('=')
  return [
    line,
    line
      .slice(0, at)
      .trim()
      .replace(/^["']|["']$/g, ''),
    line.slice(at + 1).trim(),
  ]
}

/** Of one line; null where it is anything else. */
function tomlValue(rest: string): string | null {
  if (rest.startsWith('"""') || rest.startsWith("'''")) return null
  const [, literal] = /^'([^']*)'\s*(?:#.*)?$/.exec(rest) ?? []
  if (literal !== undefined) return literal
  const [, basic] = /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(rest) ?? []
  if (basic !== undefined) return fromJson(basic)
  const [, plain] = /^(true|false|[+-]?\d[\d._eE+-]*)\s*(?:#.*)?$/.exec(rest) ?? []
  return plain ?? null
}

/** The escapes that people use are those of JSON. */
function fromJson(text: string): string | null {
  try {
    return String(JSON.parse(text))
  } catch {
    return null
  }
}
