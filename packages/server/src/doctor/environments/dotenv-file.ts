/** Reads `.env` files, each variable with its line. Unlike a loader, it keeps what came along by mistake, to be told. */
import type { Setting } from '../../core/doctor/service-environment.ts'
import { type FileReading, settingOf, VARIABLE_NAME } from './file-reading.ts'

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([^=\s]+)[ \t]*[=:][ \t]*/

export function readDotenv(text: string, file: string): FileReading {
  const settings = new Map<string, Setting>()
  const problems: string[] = []
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  const lines = text.slice(mark.length).split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    const origin = `${file}:${index + 1}`
    if (/^\s*(#|$)/.test(line)) continue
    const [start, name = ''] = ASSIGNMENT.exec(line) ?? []
    if (start === undefined || !VARIABLE_NAME.test(name)) {
      problems.push(`${origin}: not understood; expected NAME=value`)
      continue
    }
    const { value, quote, more } = readValue(line.slice(start.length), lines.slice(index + 1))
    index += more
    // The mark is in front of the first name; many loaders then do not find that name.
    const isFirst = mark !== '' && settings.size === 0
    const whole = isFirst ? `${mark}${value}` : value
    settings.set(name, quote === "'" ? { kind: 'set', value: whole, origin } : settingOf(whole, origin))
  }
  return { found: [{ service: null, environment: null, settings, envFiles: [] }], problems }
}

interface Value {
  value: string
  quote: string | null
  /** Further lines that belong to it. */
  more: number
}

function readValue(rest: string, following: readonly string[]): Value {
  const quote = /^["'`]/.exec(rest)?.[0] ?? null
  if (quote !== null) {
    // A key in PEM form runs over many lines, between its quotes.
    let text = rest.slice(1)
    for (let more = 0; more <= following.length; more++) {
      const end = closing(text, quote)
      if (end >= 0) return { value: unescaped(text.slice(0, end), quote), quote, more }
      text += `\n${following[more] ?? ''}`
    }
  }
  const carriageReturn = rest.endsWith('\r') ? '\r' : ''
  return { value: `${rest.replace(/\s+#.*$/s, '').trim()}${carriageReturn}`, quote: null, more: 0 }
}

/** Only a quote with nothing but a comment behind it closes the value. */
function closing(text: string, quote: string): number {
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    const isEscaped = quote === '"' && text[at - 1] === '\\'
    if (!isEscaped && /^\s*(#.*)?$/.test(text.slice(at + 1))) return at
  }
  return -1
}

function unescaped(text: string, quote: string): string {
  return quote === '"' ? text.replace(/\\n/g, '\n').replace(/\\r/g, '\r').replace(/\\"/g, '"') : text
}
