/**
 * Has the database refuse a wakeup that is written for a time that is past: a lane looks no further back than some seconds
 * between its sweeps. Time that a test lets pass moves nothing but the times, and is let through.
 */
import type { Db } from '../../src/db/db.ts'

export async function forbidPast(db: Db): Promise<void> {
  await db.query(
    `create function becket.no_past() returns trigger language plpgsql as $$
     begin
       if new.due < clock_timestamp() - interval '1 second' then
         raise exception '% % was written for a time that is past', new.lane, new.subject;
       end if;
       return new;
     end $$`,
  )
  await db.query(
    `create trigger no_past_new before insert on becket.wakeup for each row execute function becket.no_past()`,
  )
  await db.query(
    `create trigger no_past_moved before update on becket.wakeup for each row
     when ((new.due <> old.due or new.rank <> old.rank)
       and (new.seq, new.owner, new.fence, new.rank) is distinct from (old.seq, old.owner, old.fence, old.rank))
     execute function becket.no_past()`,
  )
}
