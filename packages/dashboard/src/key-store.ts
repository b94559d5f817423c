/** The API key of this tab: kept until the tab is closed, never in the address, never sent anywhere but to our server. */

const NAME = 'becket.key'

/** `#key=…` is taken over and removed, so that it is neither copied with the address nor kept in the history. */
export function takeKeyFromAddress(
  location: Pick<Location, 'hash' | 'pathname' | 'search'>,
  history: Pick<History, 'replaceState'>,
  storage: Pick<Storage, 'setItem'>,
): void {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const key = fragment.get('key')?.trim()
  if (key === undefined) return
  fragment.delete('key')
  const rest = fragment.toString()
  history.replaceState(null, '', `${location.pathname}${location.search}${rest === '' ? '' : `#${rest}`}`)
  if (key !== '') storage.setItem(NAME, key)
}

export function storedKey(storage: Pick<Storage, 'getItem'>): string | null {
  return storage.getItem(NAME)
}

export function keepKey(storage: Pick<Storage, 'setItem'>, key: string): void {
  storage.setItem(NAME, key)
}

export function forgetKey(storage: Pick<Storage, 'removeItem'>): void {
  storage.removeItem(NAME)
}
