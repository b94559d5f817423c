/**
 * How many tokens a text has at most, about: for a budget, not for a bill. No tokenizer is asked, since each model has its
 * own and a chunk's borders must not move with it.
 *
 * The rule, by runs of like characters:
 * - ASCII letters: one token for every four or part of four (a common word is one, so English is counted a third too high);
 * - digits: one for every three or part of three, as the tokenizers of the GPT family cut them;
 * - a single space: none, since it is part of the word after it; more white space: one for every four or part of four;
 * - any other ASCII character: one;
 * - letters of other alphabets (two bytes in UTF-8): one each;
 * - everything else, Chinese, Japanese and Korean with it: two each, where tokenizers need between one and three;
 * - outside the Basic Multilingual Plane (emoji, rare ideographs): three each.
 *
 * Two texts joined are never estimated higher than both apart, as long as they are not joined inside white space.
 */
export function estimateTokens(text: string): number {
  let tokens = 0
  let index = 0
  while (index < text.length) {
    const kind = kindOf(text.charCodeAt(index))
    let end = index + 1
    while (end < text.length && kindOf(text.charCodeAt(end)) === kind) end++
    tokens += costOf(kind, end - index)
    index = end
  }
  return tokens
}

type Kind = 'letter' | 'digit' | 'space' | 'mark' | 'alphabet' | 'dense' | 'surrogate'

function kindOf(code: number): Kind {
  if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) return 'space'
  if (code >= 0x30 && code <= 0x39) return 'digit'
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return 'letter'
  if (code < 0x80) return 'mark'
  if (code < 0x800) return 'alphabet'
  return code >= 0xd800 && code <= 0xdfff ? 'surrogate' : 'dense'
}

function costOf(kind: Kind, length: number): number {
  switch (kind) {
    case 'letter':
      return Math.ceil(length / 4)
    case 'digit':
      return Math.ceil(length / 3)
    case 'space':
      return length === 1 ? 0 : Math.ceil(length / 4)
    case 'mark':
    case 'alphabet':
      return length
    case 'dense':
      return length * 2
    case 'surrogate':
      // Half a pair each: three tokens for two of them.
      return Math.ceil(length * 1.5)
    default:
      return kind satisfies never
  }
}
