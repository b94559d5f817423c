-- Results on their way to sinks. A row is written with the end that it tells of, in one transaction; the wakeup of its
-- queue (lane `outbox`, subject `<sink>/<queue>`) is all that delivers it.
create table becket.outbox (
  id text collate "C" not null primary key,
  sink text not null,
  queue text not null,              -- what one holder drains: for some sinks one for all, for others one per ordering key
  ordering text not null,           -- of what has the same one, the earlier is delivered first
  key text not null,                -- stable: what a sink knows a repeat by
  subject text collate "C" not null,
  type text not null,
  result bytea not null,            -- JSON: bytes, since jsonb refuses what providers may send
  state text not null check (state in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  memory jsonb,                     -- what the sink noted for its next try
  receipt jsonb,                    -- what the sink answered at last
  error jsonb,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  unique (sink, key)
) with (fillfactor = 80);
create index outbox_due on becket.outbox (sink, queue, due_at, id) where state = 'pending';
create index outbox_order on becket.outbox (sink, queue, ordering, created_at, id) where state = 'pending';
create index outbox_unfinished on becket.outbox (sink, state, created_at) where state <> 'delivered';
create index outbox_by_sink on becket.outbox (sink, id);
create index outbox_by_subject on becket.outbox (subject, id);

-- Where the end of a job goes: [{"sink", "queue"}, ...]. An expectation carries the same among its parameters.
alter table becket.job add column deliver_to jsonb;
alter table becket.document add column deliver_to jsonb;
