/** What counts as the address of a file: something that can be fetched over the web, and that a row can hold. */

// 8 KiB: signed addresses are long; longer ones no server takes.
const MAX_LENGTH = 8_192

export function isWebAddress(text: string): boolean {
  return text.length <= MAX_LENGTH && /^https?:\/\//i.test(text) && URL.canParse(text)
}
