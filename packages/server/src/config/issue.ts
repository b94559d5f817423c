/** Turns what zod found into problems that say where, what was expected, and what stood there if that is no secret. */
import type { z } from 'zod'
import { type Draft, isMap, type Path, pathText, unresolved } from './draft.ts'
import { didYouMean, type Problem } from './problem.ts'
import { isSecret } from './secret-words.ts'

export interface IssueContext {
  draft: Draft
  /** Where the judged value stands in the whole configuration. */
  at: Path
  /** The options that there are beside an unknown one, by the path within the judged value. */
  namesAt(path: Path): readonly string[]
  /** The options that are judged, where they are those of a provider or of a kind of sink: they say what is secret. */
  own?: z.ZodType
}

export function problemsOf(error: z.ZodError, context: IssueContext): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, [], context))
}

function problemsOfIssue(issue: z.core.$ZodIssue, around: Path, context: IssueContext): Problem[] {
  const inner: Path = [...around, ...issue.path.filter((part) => typeof part !== 'symbol')]
  const { draft } = context
  const path = writtenPath([...context.at, ...inner], draft)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownOption([...path, key], context.namesAt(inner), draft))
  }
  const found = draft.get(path)
  if (found === unresolved) return []
  const origin = draft.originOf(path)
  const where = pathText(path)
  if (issue.code === 'invalid_key') {
    return [{ where, what: `cannot be an id: expected ${issue.issues[0]?.message ?? 'another form'}`, origin }]
  }
  if (issue.code === 'invalid_union' && isMap(found)) {
    // A map can only have meant a member that takes maps, the one that knows most of its options: what is wrong inside it
    // is the news.
    const meant = issue.errors
      .filter((issues) => issues.every((each) => each.path.length > 0 || each.code === 'unrecognized_keys'))
      .sort((one, other) => strangers(one) - strangers(other))[0]
    if (meant !== undefined) return meant.flatMap((each) => problemsOfIssue(each, inner, context))
  }
  const expected = expectation(issue)
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    // The list is long: where one is near, it says all.
    const near = typeof found === 'string' ? didYouMean(found, issue.options.map(String)) : ''
    if (near !== '') return [{ where, what: `unknown \`${clip(String(found))}\`${near}`, origin }]
  }
  if (found === undefined) return [{ where, what: `is missing: expected ${expected}`, origin }]
  const isHidden = isSecret(path, origin, context.own) || typeof found === 'object' || mayBeSecret(String(found))
  const shown = isHidden ? '' : `, but was \`${clip(String(found))}\``
  const near = !isHidden && issue.code === 'invalid_value' ? didYouMean(String(found), issue.values.map(String)) : ''
  return [{ where, what: `expected ${expected}${shown}${near}`, origin }]
}

/** How many options are there that it does not know at all. */
function strangers(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, each) => sum + (each.code === 'unrecognized_keys' && each.path.length === 0 ? each.keys.length : 0),
    0,
  )
}

/** One value that stands for a list of one is not found at its index, but where it was written. */
function writtenPath(path: Path, draft: Draft): Path {
  const list = typeof path.at(-1) === 'number' ? draft.get(path.slice(0, -1)) : undefined
  return typeof list === 'string' || typeof list === 'number' ? path.slice(0, -1) : path
}

/**
 * `https://user:password@host`, also where the rest of it is no address; and what a key looks like: it may have been put
 * into the wrong place.
 */
const mayBeSecret = (text: string) => /\/\/.*@/s.test(text) || /^(?=.*\d)(?=.*[A-Za-z])(?!.*:\/\/)\S{20,}$/.test(text)

export function unknownOption(path: Path, known: readonly string[], draft: Draft): Problem {
  const word = String(path.at(-1))
  const near = didYouMean(word, known)
  const list = near === '' && known.length > 0 ? `; known here: ${known.join(', ')}` : ''
  return { where: pathText(path), what: `unknown option \`${clip(word)}\`${near}${list}`, origin: draft.originOf(path) }
}

const kinds: Record<string, string> = {
  object: 'a map of options',
  record: 'a map',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'invalid_type':
      // zod's own wording begins so; a schema's own says what was expected and nothing else.
      return issue.message.startsWith('Invalid') ? (kinds[issue.expected] ?? issue.expected) : issue.message
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? `one of ${issue.options.join(', ')}` : issue.message
    default:
      return issue.message
  }
}

const clip = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
