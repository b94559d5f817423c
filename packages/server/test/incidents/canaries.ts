/** Secrets that nobody could have by chance, and where they turn up: in any of the forms that a secret travels in. */
import { createHash, randomBytes } from 'node:crypto'

export interface Canaries {
  /** Made at its first use; the same for the same name. */
  of(name: string): string
  /** One that was made elsewhere. */
  add(name: string, value: string): void
  /** `name as form at place`, for each that is found. */
  findIn(place: string, content: string | Buffer): string[]
}

interface Form {
  name: string
  form: string
  text: string
}

export function createCanaries(): Canaries {
  const values = new Map<string, string>()
  const forms: Form[] = []

  function add(name: string, value: string): void {
    values.set(name, value)
    forms.push(...formsOf(value).map(([form, text]) => ({ name, form, text: text.toLowerCase() })))
  }

  return {
    add,
    of(name) {
      const known = values.get(name)
      if (known !== undefined) return known
      // A slash and a plus, so that its percent-encoded form is another one; nothing that looks like a key.
      const value = `canary/${name}+${randomBytes(9).toString('hex')}`
      add(name, value)
      return value
    },
    findIn(place, content) {
      // As Latin-1, each byte is one sign: what is hidden in bytes is found as well.
      const text = (typeof content === 'string' ? content : content.toString('latin1')).toLowerCase()
      const found = forms.filter((form) => text.includes(form.text))
      return [...new Set(found.map(({ name, form }) => `${name} as ${form} at ${place}`))]
    },
  }
}

// 16 signs of a hash are 64 bits, and no chance: a hash that was cut off is a hash.
const HASH_SIGNS = 16

function formsOf(value: string): [form: string, text: string][] {
  const bytes = Buffer.from(value)
  const hashes = (['sha256', 'sha1', 'md5'] as const).flatMap((algorithm): [string, string][] => {
    const digest = createHash(algorithm).update(bytes).digest()
    return [
      [algorithm, digest.toString('hex').slice(0, HASH_SIGNS)],
      [algorithm, digest.toString('base64').slice(0, HASH_SIGNS)],
      [algorithm, digest.toString('base64url').slice(0, HASH_SIGNS)],
      [algorithm, digest.subarray(0, 8).toString('latin1')],
    ]
  })
  return [
    ['itself', value],
    ['itself in JSON', JSON.stringify(value).slice(1, -1)],
    ['percent-encoding', encodeURIComponent(value)],
    ['percent-encoding', encodeURI(value)],
    ['hexadecimal', bytes.toString('hex')],
    ...base64Forms(bytes),
    ...hashes,
  ]
}

/** Inside a longer text, such as `user:password`, it may begin at each of three places of a group. */
function base64Forms(bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((before): [string, string][] => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The signs at either end also hold bits of what stands beside it.
    const inner = encoded.slice(before === 0 ? 0 : before + 1, -1)
    return [
      ['base64', inner],
      ['base64url', inner.replaceAll('+', '-').replaceAll('/', '_')],
    ]
  })
}
