-- What grows with history is made not to cost with it.

-- The queue is a picture of a moment: where a million expectations wait and a job passes through in milliseconds, whoever
-- counted last says that there are no jobs. Believing that, the planner reads all jobs of the lane in place of the one that
-- is asked for. Of these columns it is told nothing, and keeps to the subject, of which each row has its own. What it was
-- told before goes with a new type, though it is the old one: PostgreSQL keeps it for as long as nobody counts again.
drop index becket.wakeup_due;
alter table becket.wakeup
  alter column lane type text, alter column lane set statistics 0,
  alter column due type timestamptz, alter column due set statistics 0,
  alter column next_due type timestamptz, alter column next_due set statistics 0,
  alter column rank type smallint, alter column rank set statistics 0,
  alter column seq type integer, alter column seq set statistics 0,
  alter column fence type bigint, alter column fence set statistics 0,
  alter column owner type text collate "C", alter column owner set statistics 0,
  alter column lapses type smallint, alter column lapses set statistics 0;

-- And where the queue was all but empty then, one index seems as good as the other. This one leads by time: with a condition
-- that each row meets, and each look by time proves, nothing else can take it for a way to a subject.
create index wakeup_due on becket.wakeup (lane, rank desc, due) where due is not null;

-- Evidence and events are found by what they are about, and by nothing else: one index of each in place of two. Each still
-- holds that no id comes twice for one subject, and leads to the partition that the id belongs to.
alter table becket.evidence drop constraint evidence_pkey;
drop index becket.evidence_by_expectation;
alter table becket.evidence add constraint evidence_by_expectation primary key (expectation_id, id);

alter table becket.event drop constraint event_pkey;
drop index becket.event_by_subject;
alter table becket.event add constraint event_by_subject primary key (subject, id);
