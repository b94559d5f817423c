-- What keeps us from asking too much of a third party, and what shows how it answered.

-- How fast one dependency may be called, by all processes together.
create table becket.pace (
  name text not null primary key,
  tat timestamptz not null default clock_timestamp(),   -- when all turns that were given out are used up
  paused_until timestamptz,         -- it asked to be left alone for so long
  reason text,
  updated_at timestamptz not null default clock_timestamp()
) with (fillfactor = 70);

-- Jobs that wait for room at their provider: as many pieces of work as may be open there are open.
create table becket.held_back (
  source text not null,
  operation text not null,
  job_id text collate "C" not null,     -- begins with its time: the oldest job is the next
  rank smallint not null,               -- of its wakeup
  since timestamptz not null default clock_timestamp(),
  primary key (source, operation, job_id)
);
-- What a provider has in hand, counted wherever its room is limited.
create index expectation_in_hand on becket.expectation (source, operation)
  where state in ('submitting', 'waiting', 'unconfirmed');

-- Every request that went out to a third party, or was kept from going.
create table becket.request (
  id text collate "C" not null primary key,
  source text not null,             -- or the name of a sink, or `storage`
  operation text,
  method text not null,
  url text not null,                -- redacted
  status integer,
  fault text,
  took_ms integer not null,
  bytes bigint not null,
  at timestamptz not null,
  subject text collate "C"
) partition by range (id);
create index request_by_source on becket.request (source, id);
create index request_by_subject on becket.request (subject, id) where subject is not null;
