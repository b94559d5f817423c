/** Every check of the doctor, as data: the text in the command line, the API and the reference page is this one. */
import type { Check } from './check.ts'
import { connectionChecks } from './connection-check-table.ts'
import { environmentChecks } from './environment-check-table.ts'
import { machineChecks } from './machine-check-table.ts'

const table = { ...environmentChecks, ...connectionChecks, ...machineChecks }

export type CheckCode = keyof typeof table

/** In the order of the reference page. */
export const checks: Readonly<Record<CheckCode, Check>> = table

export function isCheckCode(word: string): word is CheckCode {
  return Object.hasOwn(table, word)
}

export const checkCodes: readonly CheckCode[] = Object.keys(table).filter(isCheckCode)

export function checkOf(code: CheckCode): Check {
  return checks[code]
}

/** `ENV`, `DB`, `NET`, `HK`, `KEY`, `INIT`, `CLK`, `STO`, `HOST`. */
export function groupOf(code: CheckCode): string {
  return code.replace(/\d+$/, '')
}
