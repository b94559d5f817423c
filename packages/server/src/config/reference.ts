/** Writes `docs/reference/configuration.md` from the schema, so that the page and the program cannot differ. */
import { z } from 'zod'
import { formatDuration } from '../core/duration.ts'
import { controlNames, namesOf } from './environment.ts'
import { firstUsersNames } from './first-users.ts'
import { defaultSources, pollingNames } from './first-users-sources.ts'
import { defaultOf, noteOf, optionEntries, scalarNoteOf, unwrap } from './option.ts'
import { configSchema } from './schema.ts'
import type { SinkRegistry } from './sink-config.ts'
import { sinkOptions } from './sink-options.ts'
import type { ProviderRegistry } from './source-config.ts'
import { operationOptions, sourceOptions } from './source-options.ts'
import { verifyOptions } from './verify-options.ts'

export function renderReference(providers: ProviderRegistry, sinkKinds: SinkRegistry): string {
  return [
    '# Configuration',
    'This page is made from the schema; `becket config` shows what holds on your machine, and where each value came from.',
    [
      'Later wins: defaults, then `becket.yaml` (another path by `--config` or `BECKET_CONFIG`), then the environment, then',
      'the command line. A `.env` in the working directory counts as environment; what the process itself was given wins',
      `over it. In the file, \`\${NAME}\` stands for a variable, and \`$\${NAME}\` for that text. Unknown options are refused.`,
      'A duration has its unit (`500ms`, `30s`, `5m`, `24h`); a size may have one (`512 KiB`, `10 MiB`).',
    ].join('\n'),
    ...sections(),
    ...sourceChapter(),
    ...providers.map(providerChapter),
    ...sinkChapter(sinkKinds),
    ...nameChapter(),
  ]
    .join('\n\n')
    .concat('\n')
}

function sections(): string[] {
  const chapters = ['## Options']
  const plain: string[] = []
  const nested: string[] = []
  for (const [name, schema] of Object.entries(configSchema.shape)) {
    if (name === 'sources' || name === 'sinks') continue
    if (unwrap(schema) instanceof z.ZodObject) {
      nested.push(`### ${name}`, noteOf(schema)?.description ?? '', optionTable(schema, [name]))
    } else plain.push(name)
  }
  const top = z.object(Object.fromEntries(plain.flatMap((name) => entryOf(name))))
  return [...chapters, optionTable(top, []), ...nested]
}

function entryOf(name: string): [string, z.ZodType][] {
  return Object.entries(configSchema.shape).filter(([key]) => key === name)
}

function optionTable(schema: z.ZodType, path: string[], withNames = true): string {
  const rows = optionEntries(schema, path).map((entry) => {
    const name = entry.path.join('.')
    const cells = [
      `\`${name}\``,
      `${entry.note.description} ${expectedOf(entry.schema)}`.trim(),
      defaultText(entry.schema),
    ]
    return withNames
      ? [
          ...cells,
          namesOf(entry)
            .map((each) => `\`${each}\``)
            .join(', '),
        ]
      : cells
  })
  return table(['option', 'what it does', 'default', ...(withNames ? ['environment'] : [])], rows)
}

function expectedOf(schema: z.ZodType): string {
  const note = scalarNoteOf(schema)
  if (note === undefined || note.expected.startsWith('text')) return ''
  // The examples stand once, at the head of the page.
  return `Expects ${note.expected.replace(/( with its unit,)? such as (500ms|512 KiB)[^,]*(, 30s, 5m or 24h)?/, '')}.`
}

function defaultText(schema: z.ZodType): string {
  const written = defaultOf(schema)
  const absent = noteOf(schema)?.absent
  if (Array.isArray(written)) return written.length > 0 ? `\`${written.join(', ')}\`` : (absent ?? 'none')
  if (typeof written === 'object' && written !== null) return absent ?? 'none'
  if (written !== undefined) return written === '' ? 'empty' : `\`${String(written)}\``
  return absent ?? (schema instanceof z.ZodOptional ? 'none' : 'required')
}

function sourceChapter(): string[] {
  const schemes = verifyOptions.options.flatMap((variant) => {
    const { scheme, ...rest } = variant.shape
    const words = scheme instanceof z.ZodEnum ? scheme.options : [...scheme.values]
    const names = words.map((name) => `\`${name}\``).join(', ')
    return Object.keys(rest).length === 0
      ? [`\`scheme\` ${names}: nothing is verified; only a callback token proves where a callback came from.`]
      : [`\`scheme\` ${names}:`, optionTable(z.object(rest), [], false)]
  })
  return [
    '## sources',
    'A map from ids of your choice to accounts at providers. Each has these options beside those of its provider.',
    optionTable(sourceOptions, [], false),
    '### verify',
    'What each scheme verifies, and which of them answer handshakes: [signatures](signatures.md).',
    ...schemes,
    '### operations',
    'A map from the operations of the provider to how they are waited for.',
    optionTable(operationOptions, [], false),
    [
      'A learned plan that asks less: `plan: {learned: {checkWorth: 4m}}`.',
      'A ladder of your own: `plan: {ladder: [{until: 15m, every: 2m}, {until: 60m, every: 5m}, {every: 15m}]}`. It begins when',
      'the expectation is overdue and ends at its deadline.',
    ].join('\n'),
  ]
}

function providerChapter(provider: ProviderRegistry[number]): string {
  const operations = Object.entries(provider.operations).map(([name, { expectWithinMs, deadlineMs, resubmit }]) => [
    `\`${name}\``,
    formatDuration(expectWithinMs),
    formatDuration(deadlineMs),
    resubmit,
  ])
  const parts = [
    `### Provider \`${provider.name}\``,
    table(['operation', 'expectWithin', 'deadline', 'resubmit'], operations),
  ]
  if (optionEntries(provider.options).length > 0) parts.push(optionTable(provider.options, [], false))
  return parts.join('\n\n')
}

function sinkChapter(kinds: SinkRegistry): string[] {
  return [
    '## sinks',
    'A map from ids of your choice to places where results go. Each has these options beside those of its kind.',
    optionTable(sinkOptions, [], false),
    ...kinds.map(({ name, options }) => `### Sink \`${name}\`\n\n${optionTable(options, [], false)}`),
  ]
}

function nameChapter(): string[] {
  const understood = [
    ...Object.entries(firstUsersNames.options).map(([name, { path }]) => [`\`${name}\``, `\`${path.join('.')}\``]),
    ...Object.entries(pollingNames).map(([name, effect]) => [
      `\`${name}\``,
      `${effect}, where the file says nothing else`,
    ]),
    ...defaultSources.flatMap(({ provider, key, url }) => [
      [`\`${key}\`, \`${url}\``, `the source \`${provider}\`, where the file names none of that provider`],
    ]),
    ...['`SERVICE_MODE`', '`USE_MOCK_STORAGE`'].map((name) => [
      name,
      'no effect; refused in production if it asks for a mock',
    ]),
    ...Object.entries(firstUsersNames.unneeded).map(([name, reason]) => [`\`${name}\``, reason]),
  ]
  return [
    '## Other names in the environment',
    table(
      ['variable', 'what it does'],
      Object.entries(controlNames).map(([name, effect]) => [`\`${name}\``, effect]),
    ),
    'Names of other systems that are understood beside our own, which win:',
    table(['variable', 'sets, or why it is not needed'], understood),
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
