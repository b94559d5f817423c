/** JSON pointers as the options of `http` write them: the empty one, which names the whole, is one of them. */
import { isPointer as isPointerInside } from '../../core/json-pointer.ts'

export function isPointer(text: string): boolean {
  return text === '' || isPointerInside(text)
}
