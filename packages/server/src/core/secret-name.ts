/**
 * Which names announce a secret: of a header, a query parameter, a JSON field or a variable. Judges names only; what
 * looks like a secret by itself is found by `redact.ts`.
 */

// Compared in lower case, without `-`, `_` and the like: `X-Api-Key`, `apiKey` and `API_KEY` are one name.
const PARTS = [
  /passw|passphrase|pwd|secret|credential|cookie|sessionid|connectionstring/,
  /(?:api|access|private|signing|encryption|service|role|anon|master|server|license|client|account|shared|deploy)key/,
  // Signatures too: that of a static header is the secret itself, and that of a presigned URL opens the object.
  /signature|hmac/,
  // `token`, yet not `tokens`, `max_tokens` or `tokenCount`: those are numbers that people need.
  /token(?!s|count|limit|estimate|izer|expectation)/,
  // `auth` and `authorization`, yet not `author`, `authority` or `authenticated`.
  /auth(?!or(?!iz)|enticated)/,
]
// Whole names only: as parts they are found in `design` or `bypass`.
const WHOLE = new Set(['sig', 'sign', 'pass', 'jwt', 'dsn', 'bearer', 'awsaccesskeyid', 'googleaccessid'])

/**
 * A plain `key` is none: it is how callers name their own work here, and it has to stay readable. What is known to be a
 * secret by its look is caught under any name.
 */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return WHOLE.has(plain) || PARTS.some((part) => part.test(plain))
}
