/** A log that the database itself writes of every move and every piece of evidence: what the invariants are held against. */
import type { Db } from '../../src/db/db.ts'

/** `limit`: of attempts in the provider's hand; one job's attempt more is written down as such. */
export async function writeLog(db: Db, limit: number | undefined): Promise<void> {
  await db.query(`
    create table becket.log (
      seq bigint generated always as identity, kind text not null, id text not null, job_id text, was text, now text,
      old_version integer, new_version integer, settled_by text,
      origin text, verdict text, relation text, callback_id text
    );
    create function becket.log_move() returns trigger language plpgsql as $$
    begin
      if tg_op = 'INSERT' then
        insert into becket.log (kind, id, job_id, now, new_version)
        values (tg_argv[0], new.id, to_jsonb(new) ->> 'job_id', new.state, new.version);
      elsif old.version <> new.version or old.state <> new.state then
        insert into becket.log (kind, id, job_id, was, now, old_version, new_version, settled_by)
        values (tg_argv[0], new.id, to_jsonb(new) ->> 'job_id', old.state, new.state, old.version, new.version, to_jsonb(new) ->> 'settled_by');
      end if;
      return null;
    end $$;
    create function becket.log_evidence() returns trigger language plpgsql as $$
    begin
      insert into becket.log (kind, id, origin, verdict, relation, callback_id)
      values ('evidence', new.expectation_id, new.origin, new.verdict, new.relation, new.callback_id);
      return null;
    end $$;
    create function becket.log_delivery() returns trigger language plpgsql as $$
    begin
      insert into becket.log (kind, id, was, now)
      values ('delivery', new.id, case when tg_op = 'UPDATE' then old.state end, new.state);
      return null;
    end $$;
    create function becket.log_crowd() returns trigger language plpgsql as $$
    begin
      if new.job_id is not null and new.state = 'submitting' and tg_argv[0]::int < (
        -- Who is overdue may be found again at this very moment, and the application asks nobody.
        select count(*) from becket.expectation
        where job_id is not null and state in ('submitting', 'waiting', 'unconfirmed') and expect_by > clock_timestamp())
      then insert into becket.log (kind, id) values ('crowd', new.id);
      end if;
      return null;
    end $$;
    create trigger log_expectation after insert or update on becket.expectation
      for each row execute function becket.log_move('expectation');
    create trigger log_job after insert or update on becket.job
      for each row execute function becket.log_move('job');
    create trigger log_evidence after insert on becket.evidence
      for each row execute function becket.log_evidence();
    create trigger log_delivery after insert or update on becket.outbox
      for each row execute function becket.log_delivery();
  `)
  if (limit === undefined) return
  await db.query(`
    create trigger log_crowd after insert on becket.expectation for each row execute function becket.log_crowd(${limit})
  `)
}

export interface LogRow {
  kind: 'expectation' | 'job' | 'evidence' | 'delivery' | 'crowd'
  id: string
  /** Of an expectation. */
  job_id: string | null
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
