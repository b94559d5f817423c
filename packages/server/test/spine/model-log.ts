/** A log that the database itself writes of every move and every piece of evidence: what the invariants are held against. */
import type { Db } from '../../src/db/db.ts'

export async function writeLog(db: Db): Promise<void> {
  await db.query(`
    create table becket.log (
      seq bigint generated always as identity, kind text not null, id text not null, was text, now text,
      old_version integer, new_version integer, settled_by text,
      origin text, verdict text, relation text, callback_id text
    );
    create function becket.log_move() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        insert into becket.log (kind, id, now, new_version) values (tg_argv[0], new.id, new.state, new.version);
      elsif old.version <> new.version or old.state <> new.state then
        insert into becket.log (kind, id, was, now, old_version, new_version, settled_by)
        values (tg_argv[0], new.id, old.state, new.state, old.version, new.version, to_jsonb(new) ->> 'settled_by');
      end if;
      return null;
    end $$;
    create function becket.log_evidence() returns trigger language plpgsql as $$
    begin
      insert into becket.log (kind, id, origin, verdict, relation, callback_id)
      values ('evidence', new.expectation_id, new.origin, new.verdict, new.relation, new.callback_id);
      return null;
    end $$;
    create trigger log_expectation after insert or update on becket.expectation
      for each row execute function becket.log_move('expectation');
    create trigger log_job after insert or update on becket.job
      for each row execute function becket.log_move('job');
    create trigger log_evidence after insert on becket.evidence
      for each row execute function becket.log_evidence();
  `)
}

export interface LogRow {
  kind: 'expectation' | 'job' | 'evidence'
  id: string
  was: string | null
  now: string | null
  old_version: number | null
  new_version: number | null
  settled_by: string | null
  origin: string | null
  verdict: string | null
  relation: string | null
  callback_verdict: string | null
}

export async function readLog(db: Db): Promise<LogRow[]> {
  const { rows } = await db.query<LogRow>(
    `select l.*, c.verdict as callback_verdict from becket.log l left join becket.callback c on c.id = l.callback_id
     order by l.seq`,
  )
  return rows
}
