/** The options of `npm run bench -- <suite>`: `--name value` and `--flag`. Unknown ones are refused, with what there is. */

/**
 * `known`: by name, a default that also tells the kind: a number, a list (written `a,b`), a truth, or a text (also `''`).
 */
export function readArguments(suite, args, known) {
  const read = { ...known }
  for (let at = 0; at < args.length; at++) {
    const name = args[at].replace(/^--/, '')
    if (!args[at].startsWith('--') || !Object.hasOwn(known, name)) {
      const all = Object.keys(known).map((option) => `--${option}`)
      throw new Error(`${suite}: unknown option ${args[at]}; there are ${all.join(', ')}`)
    }
    if (typeof known[name] === 'boolean') {
      read[name] = true
      continue
    }
    const text = args[++at]
    if (text === undefined || text.startsWith('--')) throw new Error(`${suite}: --${name} needs a value`)
    read[name] = parsed(suite, name, text, known[name])
  }
  return read
}

function parsed(suite, name, text, like) {
  if (Array.isArray(like)) {
    const parts = text.split(',')
    return like.every((item) => typeof item === 'number') && like.length > 0
      ? parts.map((part) => numberOf(suite, name, part))
      : parts
  }
  return typeof like === 'number' ? numberOf(suite, name, text) : text
}

function numberOf(suite, name, text) {
  const number = Number(text)
  if (text === '' || !Number.isFinite(number) || number < 0)
    throw new Error(`${suite}: --${name} ${text}: expected a number`)
  return number
}
