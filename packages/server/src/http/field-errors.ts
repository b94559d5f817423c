/** What is wrong with which field of a request, with a suggestion where a name was nearly right. Pure. */
import type { Problem } from '@becket/client/contract'
import { suggest } from '../core/suggest.ts'

export interface SchemaIssue {
  keyword: string
  /** `/settle/error`, or `/` for the whole part. */
  instancePath: string
  message?: string | undefined
  params: Record<string, unknown>
}

const partNames: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' }

/** Beyond this many the rest says nothing new. */
const MOST = 20

export function fieldErrors(
  issues: readonly SchemaIssue[],
  part: string,
  knownKeys: (part: string) => readonly string[],
): NonNullable<Problem['errors']> {
  return issues.slice(0, MOST).map((issue) => {
    const path = issue.instancePath.split('/').filter((step) => step !== '')
    const field = [partNames[part] ?? part, ...path].join('.').slice(0, 200)
    return { field, message: withSuggestion(issue, path.length === 0 ? knownKeys(part) : []) }
  })
}

function withSuggestion(issue: SchemaIssue, known: readonly string[]): string {
  const message = (issue.message ?? 'Not valid').slice(0, 500)
  const { keys } = issue.params
  if (issue.keyword !== 'unrecognized_keys' || !Array.isArray(keys)) return message
  const meant = keys
    .filter((key) => typeof key === 'string')
    .map((key) => suggest(key, known))
    .filter((key) => key !== undefined)
  return meant.length === 0 ? message : `${message}; did you mean ${meant.map((key) => `"${key}"`).join(', ')}?`
}
