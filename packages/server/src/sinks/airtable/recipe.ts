/** How the value of a cell is made: a JSON pointer into a result, or a text with pointers in braces. Pure. */
import { isPointer } from '../../core/json-pointer.ts'

const PLACE = /\{(\/[^{}]*)\}/g

/** What was expected of a recipe that cannot be used; null when it can. */
export function faultOfRecipe(recipe: string): string | null {
  if (recipe.trim() === '') return 'a JSON pointer such as /output/files/0/key, or a text'
  if (recipe.startsWith('/')) {
    return isPointer(recipe) ? null : `a JSON pointer such as /output/files/0/key in place of ${recipe}`
  }
  for (const [, pointer = ''] of recipe.matchAll(PLACE)) {
    if (!isPointer(pointer)) return `a JSON pointer such as {/error/message} in place of {${pointer}}`
  }
  return null
}

/** Null for what is not there; objects and lists as JSON, since a cell holds none. */
export function followRecipe(recipe: string, lookUp: (pointer: string) => unknown): string | number | boolean | null {
  if (recipe.startsWith('/')) return cellOf(lookUp(recipe))
  return recipe.replace(PLACE, (_, pointer: string) => String(cellOf(lookUp(pointer)) ?? ''))
}

function cellOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return value === null || value === undefined ? null : JSON.stringify(value)
}
