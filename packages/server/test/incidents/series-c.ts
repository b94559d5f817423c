/** The log of manual tests of September 2025. */

import { caught, notOurs } from './entry.ts'
import type { Incident } from './incident.ts'

export const seriesC: readonly Incident[] = [
  caught(
    ['C-002', 'CFG', 'The API hangs while it starts'],
    'start: serve/database-away.test.ts › and accepts without ever answering: lives, tells what takes long',
    'INIT01: serve/start.test.ts › while its database is silent, or another process migrates',
  ),
  caught(
    ['C-004', 'NET', 'A local database speaks no TLS, and is asked for it'],
    'DB08: incidents/network.test.ts › C-004: that speaks no TLS',
  ),
  notOurs(
    ['C-005', 'DEP', 'The code of an alert names something that there is not'],
    'it stands in code, and shows when that code is compiled or run; where it runs is as it should be',
  ),
  notOurs(
    ['C-006', 'DEP', 'Routes break, since a wrapper around them lost their signature'],
    'it stands in code: a test that calls every route shows it, as one does of our own',
  ),
  caught(
    ['C-008', 'CFG', 'The API and the worker work on two databases'],
    'ENV08: incidents/configuration.test.ts › C-008: an API and a worker on two databases',
    'RUN01: incidents/deployment.test.ts › C-008: of processes that share no database',
  ),
  caught(
    ['C-009A', 'STO', 'A developer uploads to the host of production'],
    'ENV10: incidents/mixed-environments.test.ts › C-009A: files that a developer would write into production',
  ),
  caught(
    ['C-011', 'MOCK', 'Documents are called processed by a worker that only waits'],
    'pipeline: document/outcomes.test.ts › a document without text fails as such, and nothing is put in its place',
    'RUN06: running/examination.test.ts › passes every step, the callback by way of intake and worker',
  ),
  caught(
    ['C-012', 'STO', 'Parsing stores nothing, and goes on'],
    'pipeline: document/outcomes.test.ts › a document without text fails as such, and nothing is put in its place',
    'pipeline: storage/misbehaving-storage.test.ts › that reads empty is not taken for empty',
  ),
  caught(
    ['C-013', 'STO', 'A write is reported as done, and nothing is there'],
    'STO01: incidents/storage.test.ts › C-013: a storage that says that it wrote, and did not',
    'pipeline: storage/misbehaving-storage.test.ts › that never becomes visible fails as missing',
  ),
  caught(
    ['C-015', 'STO', 'A signed upload is not found: its address has another shape locally'],
    'storage: storage/supabase-signed.test.ts › to read is below the storage, for as long as was asked',
    'storage: storage/supabase.test.ts › are reached whether or not the address ends with the storage’s path',
  ),
  caught(
    ['C-016', 'DEP', 'A route that is there answers 405'],
    'HK02: incidents/network.test.ts › C-016: where the route takes no POST',
  ),
  caught(
    ['C-017', 'DEP', 'All routes of one part answer 405; an old process is suspected'],
    'HK02: incidents/network.test.ts › C-017: where an older process answers',
    'RUN02: incidents/deployment.test.ts › A-016: of which one process still runs the old release',
  ),
  notOurs(
    ['C-018', 'CFG', 'Five routes take uploads'],
    'it is a matter of design, and no environment shows it; Becket takes documents by one route',
  ),
  caught(
    ['C-019', 'RACE/STO', 'A job waits for a file that was never stored'],
    'pipeline: document/upload.test.ts › makes no job where what is read back is not what was promised',
  ),
  caught(
    ['C-020', 'WHP/STO', 'The parsed text is not stored: wrong path, wrong key'],
    'pipeline: document/storage.test.ts › when the parsed text is to be stored costs the document time',
    'KEY01: incidents/storage.test.ts › C-029: a key of another project',
  ),
  caught(
    ['C-022', 'DEP', 'A local database answers 502 while its containers are half stopped'],
    'readiness: serve/database-away.test.ts › that loses it later lives on, says so, and is ready again',
  ),
  caught(
    ['C-023', 'RACE/STO', 'The raw file of a document is missing'],
    'pipeline: document/upload.test.ts › that never comes is not there, once the wait is over',
  ),
  caught(
    ['C-025', 'MOCK', 'Where a file was missing, a made-up text was parsed'],
    'pipeline: storage/misbehaving-storage.test.ts › that never becomes visible fails as missing',
  ),
  caught(
    ['C-026', 'MOCK', 'Made-up content is stored as if it were real'],
    'configuration: incidents/start.test.ts › C-026: that asks for made-up files in production',
    'STAND_IN_IN_PRODUCTION: race/command.test.ts › the race refuses to run in production',
  ),
  caught(
    ['C-029', 'STO', 'A signed upload is refused'],
    'KEY01: incidents/storage.test.ts › C-029: a key of another project',
  ),
  caught(
    ['C-031', 'MOCK', 'After a read that failed, pieces of a fixed text were stored'],
    'pipeline: document/outcomes.test.ts › a document without text fails as such, and nothing is put in its place',
    'pipeline: storage/misbehaving-storage.test.ts › that reads empty is not taken for empty',
  ),
  caught(
    ['C-032', 'MOCK/STK', 'Vectors of nothing but zeros are stored'],
    'pipeline: document/outcomes.test.ts › %s: tried again, then told; nothing is invented',
  ),
]
