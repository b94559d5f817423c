-- How long things are kept: what is dropped by partition, what is emptied, what is taken away, and how far that has come.

-- The claims before the present ones: the two change places when the window is over (see src/store/claim-rotation.ts).
create table becket.callback_claim_before (like becket.callback_claim including all);

-- How far each walk over a table has come, in order of time, and how much it has removed; and, as `claims`, when the
-- claims last changed places.
create table becket.retention (
  name text not null primary key,
  done_to text collate "C" not null default '',
  removed bigint not null default 0,
  at timestamptz not null default clock_timestamp()
);
insert into becket.retention (name) values ('claims');

-- What a walk has passed and must come back to: it was still open, or ended late. Few rows.
create table becket.retention_later (
  walk text not null,
  id text collate "C" not null,
  primary key (walk, id)
);

-- Since when what is bulky about it is gone.
alter table becket.job add column pruned_at timestamptz;
alter table becket.expectation add column pruned_at timestamptz;

create index document_by_job on becket.document (job_id) where job_id is not null;
create index finding_resolved on becket.finding (resolved_at) where resolved_at is not null;
