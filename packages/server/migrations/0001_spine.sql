-- The spine: callbacks, expectations, evidence, jobs, documents, and the one table of time.
--
-- Every name is written `becket.name`; the program replaces the schema's name where another one is configured.
-- Ids are text, sortable by time (see src/core/id.ts). Append-only tables are partitioned by id, that is by time; the
-- program makes their partitions, one a day (see src/store/partitions.ts). No foreign key points to a partitioned table.

create sequence becket.fence;

-- What providers sent, byte for byte.
create table becket.callback (
  id text collate "C" not null primary key,
  source text not null,
  received_at timestamptz not null,
  method text not null,
  url bytea not null,               -- redacted: a token of ours in it is replaced
  headers bytea not null,           -- redacted JSON: [[name, value], ...]
  body bytea not null,
  remote_address text not null,
  verdict text not null check (verdict in ('verified', 'token', 'unsigned', 'refused')),
  verdict_reason text,
  token_expectation text collate "C",   -- the expectation that a valid token in the URL names
  hints jsonb not null,             -- what the URL says: job_id, operation, path parameters
  dedup_key bytea,
  fate text not null check (fate in ('received', 'matched', 'late', 'duplicate', 'orphan', 'quarantined', 'refused')),
  fate_reason text,
  expectation_id text collate "C",
  duplicate_of text collate "C"
) partition by range (id);
create index callback_by_source on becket.callback (source, id);
create index callback_by_fate on becket.callback (fate, id) where fate <> 'matched';
create index callback_by_expectation on becket.callback (expectation_id) where expectation_id is not null;

-- Who was first with a callback's identity. Unpartitioned: a unique key cannot span partitions by time.
create table becket.callback_claim (
  key bytea not null primary key,
  callback_id text collate "C" not null,
  body_hash bytea not null,
  claimed_at timestamptz not null default clock_timestamp()
);

-- Callbacks that matched nothing yet, by what they could be matched by later.
create table becket.orphan (
  correlation bytea not null,       -- SHA-256 of source and external id
  callback_id text collate "C" not null,
  since timestamptz not null default clock_timestamp(),
  primary key (correlation, callback_id)
);

create table becket.job (
  id text collate "C" not null primary key,
  pipeline text not null,
  key text not null,
  key_hash bytea not null,
  input jsonb not null,
  stage text not null,
  state text not null check (state in ('queued', 'waiting', 'retryable', 'done', 'deadletter', 'cancelled')),
  version integer not null default 1,
  attempt integer not null default 1,
  postponed integer not null default 0,
  data jsonb not null default '{}',
  output jsonb,
  error jsonb,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  unique (pipeline, key_hash)
) with (fillfactor = 80);
create index job_open on becket.job (state, id) where state not in ('done', 'cancelled');
create index job_by_time on becket.job (id desc);

create table becket.expectation (
  id text collate "C" not null primary key,
  source text not null,
  operation text not null,
  key text not null,
  key_hash bytea not null,          -- SHA-256 of source, operation and key
  attempt integer not null,
  job_id text collate "C",
  stage text,
  state text not null check (state in
    ('registered', 'submitting', 'waiting', 'unconfirmed', 'succeeded', 'failed', 'cancelled', 'expired')),
  version integer not null default 1,
  parameters jsonb not null,        -- what was asked for: compared when the same key comes again
  parameters_hash bytea not null,
  external_id text,
  correlation bytea,                -- SHA-256 of source and external id
  registered_at timestamptz not null default clock_timestamp(),
  submitted_at timestamptz,
  expect_by timestamptz not null,
  deadline_at timestamptz not null,
  checks integer not null default 0,
  settled_at timestamptz,
  settled_by text check (settled_by in ('callback', 'check', 'artifact', 'response', 'operator')),
  outcome bytea,                    -- JSON: bytes, since jsonb refuses what providers may send
  error jsonb,
  unique (key_hash, attempt)
) with (fillfactor = 80);
create index expectation_open on becket.expectation (deadline_at)
  where state in ('registered', 'submitting', 'waiting', 'unconfirmed');
create index expectation_by_correlation on becket.expectation (correlation) where correlation is not null;
create index expectation_by_job on becket.expectation (job_id) where job_id is not null;

create table becket.evidence (
  id text collate "C" not null primary key,
  expectation_id text collate "C" not null,
  origin text not null check (origin in ('callback', 'check', 'artifact', 'response', 'operator')),
  verdict text not null check (verdict in ('succeeded', 'failed', 'pending', 'unknown')),
  relation text not null check (relation in ('settled', 'revived', 'duplicate', 'contradicting', 'late', 'inconclusive')),
  detail jsonb not null,
  observed_at timestamptz not null,
  provider_time timestamptz,
  callback_id text collate "C"
) partition by range (id);
create index evidence_by_expectation on becket.evidence (expectation_id, id);

-- The one table of time: at `due`, this subject of this lane needs attention.
create table becket.wakeup (
  lane text not null,
  subject text collate "C" not null,
  due timestamptz not null,
  next_due timestamptz,
  rank smallint not null default 0,
  seq integer not null default 0,
  fence bigint,
  owner text collate "C",
  lapses smallint not null default 0,   -- claims in a row whose holder never finished
  primary key (lane, subject)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
create index wakeup_due on becket.wakeup (lane, rank desc, due);

create table becket.event (
  id text collate "C" not null primary key,
  subject text collate "C" not null,
  job_id text collate "C",
  type text not null,
  severity text not null check (severity in ('info', 'warn', 'error')),
  data jsonb not null,
  at timestamptz not null default clock_timestamp()
) partition by range (id);
create index event_by_subject on becket.event (subject, id);
create index event_by_job on becket.event (job_id, id) where job_id is not null;

create table becket.breaker (
  name text not null primary key,
  state text not null check (state in ('closed', 'open', 'half-open')),
  failures integer not null,
  opened_at timestamptz,
  retry_at timestamptz,
  trial_until timestamptz,
  reason text,
  opened_count integer not null default 0,
  updated_at timestamptz not null default clock_timestamp()
);

create table becket.instance (
  id text collate "C" not null primary key,
  roles text[] not null,
  release text not null,
  configuration text not null,      -- keyed fingerprint of the effective configuration
  token_key text not null,          -- the id of the key that signs its callback addresses
  host text not null,
  pid integer not null,
  started_at timestamptz not null default clock_timestamp(),
  seen_at timestamptz not null default clock_timestamp(),
  progress jsonb not null default '{}',
  stopped_at timestamptz
);

create table becket.api_key (
  id text collate "C" not null primary key,
  name text not null,
  role text not null check (role in ('app', 'viewer', 'operator', 'admin')),
  hash bytea not null unique,
  created_at timestamptz not null default clock_timestamp(),
  revoked_at timestamptz
);

create table becket.document (
  id text collate "C" not null primary key,
  owner text not null,
  filename text not null,
  mime text not null,
  bytes bigint not null,
  sha256 bytea not null,
  state text not null check (state in ('registered', 'finalized', 'duplicate')),
  raw_path text not null,
  job_id text collate "C",
  duplicate_of text collate "C",
  created_at timestamptz not null default clock_timestamp(),
  finalized_at timestamptz
);
create unique index document_by_content on becket.document (owner, sha256) where state = 'finalized';
create index document_by_owner on becket.document (owner, id);

create table becket.chunk (
  id text not null primary key,     -- made of document, chunker version and ordinal: the same again on a repeat
  document_id text collate "C" not null references becket.document (id) on delete cascade,
  ordinal integer not null,
  chunker text not null,
  heading text not null,
  content text not null,
  sha256 bytea not null,
  tokens integer not null,
  embed_model text,
  embedding real[],
  unique (document_id, chunker, ordinal)
);
create index chunk_to_embed on becket.chunk (document_id, ordinal) where embedding is null;
