-- When the tables that change all the time are cleared of what is dead in them. By a share of the table, as PostgreSQL
-- does it, a queue of ten million finished rows would wait for two million dead ones; so the share is nothing, and the
-- count is what a minute of heavy work leaves behind. No pauses between pages: a vacuum that is held back is one that never
-- catches up. What is clean already is skipped, so that the size of a table costs little.

-- Every piece of work moves its row some times within a second: the smallest and the hottest.
alter table becket.wakeup set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000
);

-- A handful of rows that every request, or every job in a jam, writes anew: cleared early, they stay in one page.
alter table becket.pace set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0
);
alter table becket.held_back set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);
alter table becket.orphan set (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0
);

-- These keep what is over. A row changes some times, early in its life, and then never: the room left in its page takes
-- the changes that no index sees, such as the step from one stage to the next.
alter table becket.job set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);
alter table becket.expectation set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);
alter table becket.outbox set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 5000
);

-- The primary key reads backwards just as well.
drop index becket.job_by_time;

-- Most of what is told of a job has the job itself for its subject, and is found by that.
drop index becket.event_by_job;
create index event_by_job on becket.event (job_id, id) where job_id <> subject;
