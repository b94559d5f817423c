/**
 * A column's time in milliseconds since 1970, as SQL. Exact to the microsecond that the column holds, for two centuries:
 * `extract` says the same in a decimal number, and turning that into a float costs as much as all else of a short row.
 */
export function ms(time: string): string {
  return `round(date_part('epoch', ${time}) * 1000000) / 1000`
}
