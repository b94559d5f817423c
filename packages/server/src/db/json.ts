/** JSON text that a jsonb column always accepts. Does not judge sizes: those are limited where data comes in. */

// A pair of backslashes is matched first, so that an escaped backslash before `u0000` is not taken for an escape.
const REFUSED_ESCAPES = /\\\\|\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g

/** NUL and lone surrogates, which jsonb refuses, become U+FFFD; `undefined` becomes `null`. */
export function toJsonb(value: unknown): string {
  const text: string | undefined = JSON.stringify(value)
  if (text === undefined) return 'null'
  // Nearly always there is none, and to look for one sign is far quicker than for a pattern.
  if (!text.includes('\\')) return text
  return text.replace(REFUSED_ESCAPES, (found) => (found === '\\\\' ? found : '\ufffd'))
}
