-- What was learned of how long each operation takes at its provider, and how many of its callbacks never come.

-- One row for each source and operation, however many processes add to it and however long they run: what is old fades in
-- place, by the time since `faded_at`. Weights, not whole numbers. Losing it costs nothing but what is learned anew.
create table becket.latency (
  source text not null,
  operation text not null,
  events real[] not null,           -- ended in each bin of age; see src/core/latency.ts
  at_risk real[] not null,          -- had not ended when the bin began
  observations double precision not null,
  lost double precision not null,
  arrived double precision not null,
  faded_at timestamptz not null default clock_timestamp(),
  primary key (source, operation)
) with (fillfactor = 50);
