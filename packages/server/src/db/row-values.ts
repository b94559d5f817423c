/** How column values become JavaScript values: whole numbers as numbers while they are exact, days as text. */
import pg from 'pg'

const INT8 = 20
const INT8_ARRAY = 1016
const DATE = 1082
const DATE_ARRAY = 1182

// 1009 is text[]: the typings of the driver's type table list scalars only, hence the parameter by name.
const TEXT_ARRAY: number = 1009
const textArray = pg.types.getTypeParser(TEXT_ARRAY, 'text')

function int8(value: string): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function int8Array(value: string): (number | string | null)[] {
  const items: unknown = textArray(value)
  if (!Array.isArray(items)) return []
  return items.map((item: unknown) => (typeof item === 'string' ? int8(item) : null))
}

/** For the driver's `types` option. */
export const rowValues: pg.CustomTypesConfig = {
  getTypeParser(type: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (type === INT8) return int8
      if (type === INT8_ARRAY) return int8Array
      // A day has no time zone; as a Date it would move by the machine's offset.
      if (type === DATE) return String
      if (type === DATE_ARRAY) return textArray
    }
    return pg.types.getTypeParser(type, format ?? 'text')
  },
}
