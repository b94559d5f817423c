/** Callbacks that are read together, to find out what they mean. One, with all that is known of it, is in `callbacks.ts`. */
import { textArray } from '../db/binary-array.ts'
import type { Queryable } from '../db/db.ts'
import type { CallbackRow } from './callbacks.ts'

/** What a callback is read by. */
export type UnreadCallback = Pick<
  CallbackRow,
  'id' | 'source' | 'method' | 'headers' | 'body' | 'verdict' | 'tokenExpectation' | 'hints' | 'fate'
>

/**
 * By id; `too much` where the bodies before it are all that may be carried at once. Relies on the primary key: looked up one
 * by one, so that each id's time leads to the one partition that can hold it.
 */
export async function readCallbacks(
  db: Queryable,
  ids: readonly string[],
  maxBytes: number,
): Promise<Map<string, UnreadCallback | 'too much'>> {
  const { rows } = await db.query<Omit<UnreadCallback, 'body'> & { body: Buffer | null }>(
    `select id, source, method, convert_from(headers, 'UTF8')::json as headers, verdict, hints, fate,
       token_expectation as "tokenExpectation",
       case when up_to <= $2::float8 or up_to = octet_length(body) then body end as body
     from (
       select c.*, sum(octet_length(c.body)) over (order by c.id) as up_to
       from unnest($1::text[]) as asked (id) cross join lateral (
         select id, source, method, headers, body, verdict, token_expectation, hints, fate
         from becket.callback stored where stored.id = asked.id limit 1) c
     ) sized`,
    [textArray(ids), maxBytes],
  )
  return new Map(rows.map(({ body, ...row }) => [row.id, body === null ? 'too much' : { ...row, body }]))
}
