/** What lay at an expectation's artifact address before the work was submitted: kept once, before anything new can be there. */
import type { ArtifactBefore } from '../core/artifact-before.ts'
import type { Queryable } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'

/** The first look counts: a later one may have seen the new output. False: it was kept before. */
export async function keepArtifactBefore(db: Queryable, id: string, before: ArtifactBefore): Promise<boolean> {
  const { rows } = await db.query(
    'update becket.expectation set artifact_before = $2 where id = $1 and artifact_before is null returning id',
    [id, toJsonb(before)],
  )
  return rows.length === 1
}
