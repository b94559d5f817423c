/** How the value of a cell is made: a JSON pointer into a result, or a text with pointers in braces. Pure. */

const POINTER = /^(\/([^~/]|~[01])*)+$/
const PLACE = /\{(\/[^{}]*)\}/g

/** What was expected of a recipe that cannot be used; null when it can. */
export function faultOfRecipe(recipe: string): string | null {
  if (recipe.trim() === '') return 'a JSON pointer such as /output/files/0/key, or a text'
  if (recipe.startsWith('/')) {
    return POINTER.test(recipe) ? null : `a JSON pointer such as /output/files/0/key in place of ${recipe}`
  }
  for (const [, pointer = ''] of recipe.matchAll(PLACE)) {
    if (!POINTER.test(pointer)) return `a JSON pointer such as {/error/message} in place of {${pointer}}`
  }
  return null
}

/** Null for what is not there; objects and lists as JSON, since a cell holds none. */
export function followRecipe(recipe: string, lookUp: (pointer: string) => unknown): string | number | boolean | null {
  if (recipe.startsWith('/')) return cellOf(lookUp(recipe))
  return recipe.replace(PLACE, (_, pointer: string) => String(cellOf(lookUp(pointer)) ?? ''))
}

/** Undefined where it leads nowhere. */
export function resolvePointer(value: unknown, pointer: string): unknown {
  let here = value
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const isThere = typeof here === 'object' && here !== null && Object.hasOwn(here, name)
    // A list's own names are its indices, and `length`, which is nobody's value.
    here = isThere && !(Array.isArray(here) && name === 'length') ? Reflect.get(Object(here), name) : undefined
  }
  return here
}

function cellOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return value === null || value === undefined ? null : JSON.stringify(value)
}
