/** Reads a manifest of a user's own services from YAML. Every mistake is told with its line, all at once. */
import { isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { Format } from '../core/doctor/format.ts'
import type { Manifest, VariableRule } from '../core/doctor/manifest.ts'
import { suggest } from '../core/suggest.ts'

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'the name of a variable' })
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const range = z.tuple([z.number(), z.number()], { error: 'two numbers: [least, most]' })

const plainFormats = ['text', 'flag', 'url', 'https-url', 'postgres-url', 'email', 'duration', 'port', 'jwt'] as const

const format = z.union(
  [
    z.enum(plainFormats).transform((kind): Format => (kind === 'jwt' ? { kind, role: null } : { kind })),
    z.strictObject({ whole: range }).transform(({ whole: [min, max] }): Format => ({ kind: 'whole', min, max })),
    z.strictObject({ number: range }).transform(({ number: [min, max] }): Format => ({ kind: 'number', min, max })),
    z
      .strictObject({ choice: z.array(word).min(1) })
      .transform(({ choice }): Format => ({ kind: 'choice', words: choice })),
    z.strictObject({ jwt: z.string() }).transform(({ jwt }): Format => ({ kind: 'jwt', role: jwt })),
    z.strictObject({ key: z.int().min(1) }).transform(({ key }): Format => ({ kind: 'key', bytes: key })),
    z.strictObject({ prefix: z.string().min(1) }).transform(({ prefix }): Format => ({ kind: 'prefix', prefix })),
  ],
  {
    error: `one of ${plainFormats.join(', ')}, {whole: [least, most]}, {number: [least, most]}, {choice: [...]}, {jwt: ROLE}, {key: BYTES} or {prefix: TEXT}`,
  },
)

const variable = z.strictObject({
  aliases: z.array(name).default([]),
  format: format.default({ kind: 'text' }),
  secret: z.boolean().default(false),
  need: z.enum(['hard', 'soft', 'optional'], { error: 'hard, soft or optional' }).optional(),
  capability: z.string().optional(),
  default: word.optional(),
  mustDiffer: z.boolean().optional(),
  mustEqual: z.boolean().default(false),
  usedBy: z.string().optional(),
  provider: z.string().optional(),
  means: z.enum(['environment', 'callback'], { error: 'environment or callback' }).optional(),
  inProduction: z.array(word).min(1).optional(),
  waivedIn: z.array(z.string()).default([]),
})

const service = z.strictObject({
  variables: z.record(name, variable.nullable(), { error: 'a map from names of variables to their rules' }),
  unread: z.record(name, z.string()).default({}),
  database: z
    .strictObject({
      preparedStatements: z.boolean().default(true),
      session: z.boolean().default(false),
      isLongLived: z.boolean().default(true),
    })
    .prefault({}),
  outbound: z.enum(['any', 'ipv4'], { error: 'any or ipv4' }).default('any'),
})

const manifest = z.strictObject({
  services: z
    .record(z.string(), service, { error: 'a map from names of services to what they read' })
    .refine((services) => Object.keys(services).length > 0, { error: 'at least one service' }),
  environments: z
    .record(
      z.string(),
      z.strictObject({ projects: z.array(z.string()).default([]), hosts: z.array(z.string()).default([]) }),
    )
    .default({}),
})

export type ManifestReading = { kind: 'read'; manifest: Manifest } | { kind: 'refused'; problems: string[] }

export function readManifest(text: string, file: string): ManifestReading {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true })
  const broken = document.errors.map(
    ({ pos, code }) => `${file}:${lines.linePos(pos[0]).line}: not valid YAML (${code})`,
  )
  if (broken.length > 0) return { kind: 'refused', problems: broken }
  const parsed = manifest.safeParse(withoutAnchors(document.toJS() ?? {}))
  if (!parsed.success) {
    const lineOf = (path: readonly PropertyKey[]): number => {
      const node: unknown = document.getIn(path, true)
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
      return path.length === 0 ? 1 : lineOf(path.slice(0, -1))
    }
    const problems = parsed.error.issues.flatMap((issue) =>
      problemsOf(issue).map(
        ({ path, what }) => `${file}:${lineOf(path)}: ${path.join('.') || 'the manifest'}: ${what}`,
      ),
    )
    return { kind: 'refused', problems }
  }
  return { kind: 'read', manifest: toManifest(parsed.data) }
}

/** `x-…` holds what the rest of the file repeats by an alias. */
function withoutAnchors(written: unknown): unknown {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return written
  return Object.fromEntries(Object.entries(written).filter(([key]) => !key.startsWith('x-')))
}

const known = [
  ...Object.keys(manifest.shape),
  ...Object.keys(service.shape),
  ...Object.keys(variable.shape),
  'projects',
  'hosts',
]

function problemsOf(issue: z.core.$ZodIssue): { path: PropertyKey[]; what: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = suggest(key, known)
      return {
        path: [...issue.path, key],
        what: `is not known${near === undefined ? '' : `, did you mean \`${near}\`?`}`,
      }
    })
  }
  if (issue.code === 'invalid_key') return [{ path: [...issue.path], what: 'expected the name of a variable' }]
  const isOwn = !issue.message.startsWith('Invalid')
  return [{ path: [...issue.path], what: `expected ${isOwn ? issue.message : 'another form'}` }]
}

function toManifest(written: z.output<typeof manifest>): Manifest {
  return {
    environments: written.environments,
    services: Object.entries(written.services).map(([serviceName, { variables, ...rest }]) => ({
      ...rest,
      name: serviceName,
      variables: Object.entries(variables).map(([variableName, rule]) =>
        toRule(variableName, rule ?? variable.parse({})),
      ),
    })),
  }
}

function toRule(variableName: string, rule: z.output<typeof variable>): VariableRule {
  return {
    ...rule,
    name: variableName,
    // What has a default can be left out.
    need: rule.need ?? (rule.default === undefined ? 'hard' : 'optional'),
    capability: rule.capability ?? null,
    default: rule.default ?? null,
    mustDiffer: rule.mustDiffer ?? rule.secret,
    usedBy: rule.usedBy ?? null,
    provider: rule.provider ?? null,
    means: rule.means ?? null,
    inProduction: rule.inProduction ?? null,
  }
}
