/** The error reference as Markdown, from the table of error codes. */
import { type ErrorCode, errorCodes, type Problem } from '@becket/client/contract'

const OPENING = `# Errors

Every error is answered as a problem document (RFC 9457, \`application/problem+json\`). Act on \`code\`: it never changes its
meaning, while \`detail\` says what happened this time. \`retryable\` says whether the same request may succeed later, and
\`retryAfter\` (also the header \`retry-after\`) how many seconds to wait before that. \`requestId\` (also the header
\`x-request-id\`) is what the request is called in the log; a \`supportId\` is what a user quotes when asking for help.

This page is made from \`packages/client/src/contract/error-codes.ts\`.
`

const example: Problem = {
  type: 'urn:becket:error:NOT_FOUND',
  title: errorCodes.NOT_FOUND.title,
  status: 404,
  detail: 'There is no job job_01jqxk4c4ye0drvvd6n5c9pqxm',
  code: 'NOT_FOUND',
  hint: errorCodes.NOT_FOUND.hint,
  requestId: 'req_5f0c6a1f2f7d4c0e9a4a6d3b8c1e7f20',
  retryable: false,
}

export function errorReference(): string {
  const rows = Object.entries<ErrorCode>(errorCodes).map(
    ([code, { status, title, hint }]) => `| \`${code}\` | ${status} | ${cell(title)} | ${cell(hint)} |`,
  )
  return [
    OPENING,
    '```json',
    JSON.stringify(example, null, 2),
    '```',
    '',
    '| code | status | what it means | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
