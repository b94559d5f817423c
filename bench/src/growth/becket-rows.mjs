/**
 * The rows that Becket has after years of work, as SQL that makes a few hundred thousand at once: finished jobs with
 * the expectation, callback, evidence, events, request and claim of each, and expectations that still wait. Runs nothing.
 */

/** Kept by a job that ended, beside its expectation, evidence and callback. */
const EVENTS_PER_JOB = 3

const id = (kind, clock, number = 'n') => `'${kind}_${clock}' || lpad(to_hex(${number}), 16, '0')`
const PARAMETERS = `'{"expectWithinMs": 300000, "deadlineMs": 86400000, "artifactUrl": null, "input": {"width": 640, "url": "https://files.example.org/in.mp4"}}'`
const OUTCOME = `{"url": "https://files.example.org/out.mp4", "seconds": 12.5}`

/**
 * One statement for each table. `$1` is the first number, `$2` the last, `$3` the time of all of them in milliseconds.
 * `clock` is the time as ids begin with it.
 *
 * @param {{ clock: string, hasCallbacks: boolean, hasRequests: boolean, claims: string | null }} options
 *   `hasCallbacks`, `hasRequests`: recent enough to be kept. `claims`: the table of those that are kept, if any.
 */
export function finishedRows({ clock, hasCallbacks, hasRequests, claims }) {
  const numbers = 'generate_series($1::bigint, $2::bigint) n'
  const at = "(to_timestamp($3::float8 / 1000) + (n % 60000) * interval '1 ms')"
  const job = id('job', clock)
  const expectation = id('exp', clock)
  const callback = id('cb', clock)
  const statements = [
    `insert into becket.job (id, pipeline, key, key_hash, input, stage, state, version, data, output, created_at,
       updated_at, finished_at)
     select ${job}, 'bench', 'old-' || n, sha256(('job ' || n)::bytea), '{"number": 7}', 'work', 'done', 2, '{}',
       '{"ok": true}', ${at}, ${at} + interval '9 s', ${at} + interval '9 s'
     from ${numbers}`,
    `insert into becket.expectation (id, source, operation, key, key_hash, attempt, job_id, stage, state, version,
       parameters, parameters_hash, external_id, correlation, registered_at, submitted_at, expect_by, deadline_at,
       settled_at, settled_by, outcome)
     select ${expectation}, 'studio', 'render', 'old-' || n, sha256(('key ' || n)::bytea), 1, ${job}, 'work', 'succeeded', 3,
       ${PARAMETERS}, sha256(('parameters ' || n)::bytea), 'old-' || n, sha256(('external ' || n)::bytea), ${at}, ${at},
       ${at} + interval '5 min', ${at} + interval '1 day', ${at} + interval '9 s', 'callback',
       convert_to('${OUTCOME}', 'UTF8')
     from ${numbers}`,
    `insert into becket.evidence (id, expectation_id, origin, verdict, relation, detail, observed_at, callback_id)
     select ${id('evd', clock)}, ${expectation}, 'callback', 'succeeded', 'settled', '{"by": "expectation", "from": "token"}',
       ${at} + interval '9 s', ${callback}
     from ${numbers}`,
    `insert into becket.event (id, subject, job_id, type, severity, data, at)
     select ${id('evt', clock, `n * ${EVENTS_PER_JOB} + part`)}, case part when 1 then ${expectation} else ${job} end, ${job},
       (array['job.created', 'expectation.succeeded', 'job.done'])[part + 1], 'info', '{"attempt": 1}', ${at}
     from ${numbers}, generate_series(0, ${EVENTS_PER_JOB - 1}) part`,
  ]
  if (hasCallbacks) {
    statements.push(`insert into becket.callback (id, source, received_at, method, url, headers, body, remote_address,
       verdict, token_expectation, hints, dedup_key, fate, expectation_id)
     select ${callback}, 'studio', ${at}, 'POST', convert_to('/in/studio/t/[redacted]', 'UTF8'),
       convert_to('[["content-type", "application/json"]]', 'UTF8'),
       convert_to('{"id": "old-' || n || '", "status": "done", "result": ${OUTCOME}}', 'UTF8'), '127.0.0.1', 'token',
       ${expectation}, '{}', sha256(('delivery ' || n)::bytea), 'matched', ${expectation}
     from ${numbers}`)
  }
  if (hasRequests) {
    statements.push(`insert into becket.request (id, source, operation, method, url, status, took_ms, bytes, at, subject)
     select ${id('req', clock)}, 'studio', 'render', 'POST', 'https://studio.example.org/work', 200, 40, 21, ${at}, ${expectation}
     from ${numbers}`)
  }
  if (claims !== null) {
    statements.push(`insert into becket.${claims} (key, callback_id, body_hash, claimed_at)
     select sha256(('delivery ' || n)::bytea), ${callback}, sha256(('body ' || n)::bytea), ${at} from ${numbers}`)
  }
  return statements
}

/**
 * Expectations that a provider has in hand, each with its wakeup. `$1` the first number, `$2` the last; `$3` their time;
 * overdue in a month, so that a filled database stays what it is for as long as it is used.
 *
 * @param {{ clock: string, source?: string, word?: string }} options `word` begins their keys and external ids.
 */
export function waitingRows({ clock, source = 'studio', word = 'waiting' }) {
  const numbers = 'generate_series($1::bigint, $2::bigint) n'
  const expectation = id('exp', clock)
  return [
    `insert into becket.expectation (id, source, operation, key, key_hash, attempt, state, version, parameters,
       parameters_hash, external_id, correlation, registered_at, submitted_at, expect_by, deadline_at)
     select ${expectation}, '${source}', 'render', '${word}-' || n, sha256(('${word} key ' || n)::bytea), 1, 'waiting', 2,
       ${PARAMETERS}, sha256(('parameters ' || n)::bytea), '${word}-' || n, sha256(('${word} external ' || n)::bytea),
       to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000), clock_timestamp() + interval '30 days',
       clock_timestamp() + interval '31 days'
     from ${numbers}`,
    `insert into becket.wakeup (lane, subject, due)
     select 'expectation', ${expectation}, clock_timestamp() + interval '30 days' + n * interval '1 ms' from ${numbers}`,
  ]
}

/** The same number as an id of an expectation. */
export function expectationIdOf(clock, number) {
  return `exp_${clock}${number.toString(16).padStart(16, '0')}`
}
