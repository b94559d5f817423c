-- What runs, what changed about it, and what was found wrong with it.

-- One row whenever a process comes with something else than its like before it, or somebody overrides something by hand.
-- Append-only, and small. Never a value: versions, names and keyed fingerprints.
create table becket.change (
  id text collate "C" not null primary key,
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in ('release', 'configuration', 'features', 'schema', 'override')),
  subject text not null,            -- the roles of the processes; of an override, what was overridden
  previous text,                    -- null: there was none before
  present text not null,
  detail jsonb not null default '{}',
  instance_id text collate "C",
  by text not null
);
create index change_of_kind on becket.change (kind, subject, at desc, id desc);

alter table becket.instance
  add column node text,
  add column settings_key text,     -- names the key of its settings' fingerprints
  add column environment text,
  add column database_identity text,   -- keyed fingerprint of server, database and schema
  add column manifest text;

-- What a process really runs with.
create table becket.instance_setting (
  instance_id text collate "C" not null references becket.instance (id) on delete cascade,
  name text not null,
  variable text,                    -- its name in the environment
  fingerprint text,                 -- keyed, of name and value; null: not set
  identity text,                    -- keyed, of what an address of a database leads to
  origin text not null,
  primary key (instance_id, name)
);

-- What the doctor says. One open row for each check, subject and service; what came back after it passed is another row.
create table becket.finding (
  id text collate "C" not null primary key,
  check_code text not null,
  subject text not null,
  service text not null default '',
  environment text,
  status text not null check (status in ('fail', 'unknown')),
  severity text not null check (severity in ('critical', 'error', 'warning', 'info')),
  evidence text not null,
  consequence text not null,
  remedy text not null,
  capability text,
  first_seen timestamptz not null default clock_timestamp(),
  last_seen timestamptz not null default clock_timestamp(),
  times integer not null default 1,
  resolved_at timestamptz,
  resolved_after text collate "C"   -- the last change between its first sight and its end
);
create unique index finding_open on becket.finding (check_code, subject, service) where resolved_at is null;

-- One round of the doctor of a server.
create table becket.doctor_run (
  id text collate "C" not null primary key,
  instance_id text collate "C" not null,
  by text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  started_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  passed integer not null default 0,
  failed integer not null default 0,
  unknown integer not null default 0,
  steps jsonb not null default '[]',
  error text
);

-- What one process does for all of them: when it is due again, and how it went at last.
create table becket.duty (
  name text not null primary key,
  due timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  succeeded boolean,
  took_ms integer,
  detail jsonb
);
