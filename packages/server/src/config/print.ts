/** What `becket config` shows: every effective value and where it came from. A secret is masked whole, never in part. */
import { formatDuration } from '../core/duration.ts'
import { formatByteSize } from './byte-size.ts'
import { pathText } from './draft.ts'
import type { NameNote } from './first-users.ts'
import type { LoadedConfig } from './load.ts'
import { type OptionEntry, optionEntries, scalarNoteOf } from './option.ts'
import { formatOrigin } from './origin.ts'
import { describeSink } from './print-sink.ts'
import { describeSource } from './print-source.ts'
import { configSchema } from './schema.ts'
import { MASK, type ShownOption } from './shown.ts'

export interface ShownConfig {
  file: string | null
  options: ShownOption[]
  /** The first users' names that are set. */
  names: NameNote[]
  warnings: string[]
}

export function describeConfig(loaded: LoadedConfig): ShownConfig {
  const { config } = loaded
  const chosen: Record<string, string | null> = {
    dataDir: config.dataDir,
    'documents.parse': config.documents.parse,
    'documents.embed.source': config.documents.embed.source,
    'videos.render': config.videos.render,
  }
  const options = optionEntries(configSchema)
    .filter((entry) => entry.path[0] !== 'sources' && entry.path[0] !== 'sinks')
    .map((entry) => {
      const path = pathText(entry.path)
      const value = chosen[path] ?? shownValue(entry, loaded)
      return { path, value, origin: formatOrigin(loaded.originOf(entry.path)) }
    })
  const sources = Object.values(config.sources).flatMap((source) => describeSource(source, loaded))
  const sinks = Object.values(config.sinks).flatMap((sink) => describeSink(sink, loaded))
  return {
    file: loaded.file,
    options: [...options, ...sources, ...sinks],
    names: loaded.names,
    warnings: loaded.warnings,
  }
}

export function renderConfig(shown: ShownConfig): string {
  const lines = [
    shown.file === null ? 'No configuration file; all from defaults and the environment.' : `From ${shown.file}:`,
    '',
  ]
  lines.push(...aligned(shown.options.map(({ path, value, origin }) => [path, value ?? '-', origin])))
  if (!shown.options.some((option) => option.path.startsWith('sources.'))) {
    lines.push('', 'No sources yet: nothing can be expected. Add one under `sources:` in becket.yaml.')
  }
  if (shown.names.length > 0) {
    lines.push('', 'Names understood beside our own:', '')
    lines.push(...aligned(shown.names.map(({ name, effect }) => [name, effect])))
  }
  if (shown.warnings.length > 0) lines.push('', ...shown.warnings.map((warning) => `Warning: ${warning}`))
  return `${lines.join('\n')}\n`
}

function shownValue(entry: OptionEntry, loaded: LoadedConfig): string | null {
  const value = plainValue(entry, loaded)
  return value !== null && entry.note.secret ? MASK : value
}

/** In one spelling, whichever it was written in; null where nothing is set. A secret as it is: nobody may print it. */
export function plainValue(entry: OptionEntry, loaded: LoadedConfig): string | null {
  const value = entry.path.reduce<unknown>((here, part) => (isRecord(here) ? here[part] : undefined), loaded.options)
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null
  return formatValue(value, scalarNoteOf(entry.schema)?.kind)
}

function formatValue(value: unknown, kind?: string): string {
  if (kind === 'duration' && typeof value === 'number') return formatDuration(value)
  if (kind === 'bytes' && typeof value === 'number') return formatByteSize(value)
  if (Array.isArray(value)) return value.map((item) => formatValue(item)).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function aligned(rows: readonly string[][]): string[] {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
