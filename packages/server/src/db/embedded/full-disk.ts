/** What to do where there is no room left: whatever else would be advised does not help. Null: room is not what lacks. */
import { hasCode } from './has-code.ts'

const HINT =
  'The disk is full, or its quota is used up: make room there, and start again. Nothing that was accepted is lost.'

/** `said`: an error of the system, or what PostgreSQL wrote before it gave up. */
export function hintOfFullDisk(said: unknown): { hint: string } | null {
  const isFull =
    typeof said === 'string'
      ? /No space left on device|Disk quota exceeded/.test(said)
      : hasCode(said, 'ENOSPC', 'EDQUOT')
  return isFull ? { hint: HINT } : null
}
