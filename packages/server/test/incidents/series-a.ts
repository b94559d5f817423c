/** The series of numbered incident folders. */

import { caught, FRONTEND, INSTALLATION, notOurs } from './entry.ts'
import type { Incident } from './incident.ts'

export const seriesA: readonly Incident[] = [
  caught(
    ['A-009', 'CFG', 'The parser refuses a key: two names for it, and a made-up one of the wrong form'],
    'ENV03: incidents/configuration.test.ts › A-009: a parser key under two names',
    'ENV06: incidents/configuration.test.ts › A-009: a parser key under two names',
    'KEY01: doctor/probes-keys.test.ts › a wrong key is told, and not repeated',
  ),
  caught(
    ['A-010', 'CFG', 'A feature that nobody used demands keys and stops everything'],
    'ENV01: incidents/configuration.test.ts › A-010: a key of a feature that nobody uses',
    'start: serve/dependency-away.test.ts › keeps their work without costing it a try, names both',
  ),
  caught(
    ['A-011', 'NET', 'A worker without IPv6 is given a database that has nothing else'],
    'DB01: incidents/network.test.ts › A-011: that has only IPv6 addresses',
    'DB01: doctor/first-users.test.ts › becket doctor names each cause and its remedy',
  ),
  caught(
    ['A-012', 'STO/CFG', 'The storage answers 400: the anon key stands where the service role key belongs'],
    'KEY02: incidents/configuration.test.ts › A-012: an anon key where the service role key belongs',
    'KEY01: incidents/storage.test.ts › A-012: a policy that keeps the key out',
  ),
  caught(
    ['A-013', 'CFG', 'Settings are loaded in four ways, each with its own defaults'],
    'ENV08: incidents/configuration.test.ts › A-013: one service with a setting and another one on its default',
    'RUN07: incidents/deployment.test.ts › B-009: whose change reached one process only',
  ),
  caught(
    ['A-016', 'DEP', 'Staging runs old code, since nobody merged it to the branch that is deployed'],
    'RUN02: incidents/deployment.test.ts › A-016: of which one process still runs the old release',
    'RUN02: running/deploy.test.ts › fails where the old release still runs, and names it',
  ),
  caught(
    ['A-017', 'AUTH/CFG', 'One service has the token secret in its code, the other in its environment'],
    'ENV08: incidents/configuration.test.ts › A-017: one token secret for two services',
    'ENV01: incidents/configuration.test.ts › A-017: one token secret for two services',
  ),
  notOurs(['A-019', 'DEP', 'A frontend is built without one of its folders'], FRONTEND),
  caught(
    ['A-020', 'NET', 'The pooler refuses the login, and it looks like a network that is down'],
    'KEY01: incidents/network.test.ts › A-020: that refuses the login',
  ),
  caught(
    ['A-022', 'CFG', 'A part of the API never loaded its environment, and answered 500 to everything'],
    'ENV01: incidents/configuration.test.ts › A-022: a service that loaded nothing of its environment',
    'start: serve/start.test.ts › with a configuration that can never work ends at once with 78',
  ),
  caught(
    ['A-024', 'STO/CFG', 'Upload addresses are refused: the buckets of staging were never made'],
    'STO01: incidents/storage.test.ts › A-024: a bucket that nobody made',
  ),
  caught(
    ['A-025', 'STO', 'A file cannot be read after it was uploaded'],
    'pipeline: document/upload.test.ts › makes no job where what is read back is not what was promised',
    'STO01: doctor/probes-storage.test.ts › bytes that came back changed are told',
  ),
  caught(
    ['A-026', 'NET/CFG', 'The database refuses the login once more'],
    'KEY01: incidents/network.test.ts › A-026: that refuses the same password again',
    'start: serve/database-away.test.ts › leaves a login that is refused alone for longer',
  ),
  caught(
    ['A-027', 'STO/RACE', 'A document cannot be read; ten causes were named in turn'],
    'pipeline: document/upload.test.ts › waits for an object that is not visible yet, and claims nothing before it is',
    'STO01: incidents/storage.test.ts › C-013: a storage that says that it wrote, and did not',
  ),
  caught(
    [
      'A-028',
      'WHP/WHU/CON/DEP',
      'Callbacks are lost now and then: another service is called, and the fix never deployed',
    ],
    'HK01: incidents/configuration.test.ts › A-028: the address of another environment',
    'HK02: incidents/network.test.ts › A-028: that leads to another installation',
    'RUN02: incidents/deployment.test.ts › A-016: of which one process still runs the old release',
  ),
  caught(
    ['A-029', 'CFG/RAG', 'Staging runs with the environment of development, on another project'],
    'ENV10: incidents/mixed-environments.test.ts › A-029: variables of development on a service of staging',
    'DB03: incidents/mixed-environments.test.ts › A-029: a database of another project than the API',
  ),
  caught(
    ['A-030s', 'CFG/NET', 'Staging does not start: a key is missing, and its database has no route'],
    'ENV01: incidents/configuration.test.ts › A-030s: a key that was never set',
    'DB01: incidents/configuration.test.ts › A-030s: a key that was never set',
  ),
  caught(
    ['A-030p', 'CFG/NET', 'The worker of production is down while its API is healthy'],
    'ENV01: incidents/configuration.test.ts › A-030p: what only the worker of production lacks',
    'RUN01: incidents/deployment.test.ts › A-030p: after which the worker died and the API lives',
    'readiness: document/health.test.ts › a worker that died without a word is seen as dead',
  ),
  caught(
    ['A-031', 'STO/CFG', 'The storage answers 400 in production only'],
    'ENV09: incidents/configuration.test.ts › A-031: a setting that differs by its absence',
    'KEY01: incidents/storage.test.ts › A-031: a 400 of the storage is told by what it says',
  ),
  notOurs(['A-032', 'DEP', 'A frontend is built from the wrong folder'], FRONTEND),
  caught(
    ['A-033', 'CFG', 'The frontend of production points at the project of staging'],
    'ENV10: incidents/mixed-environments.test.ts › A-033: a frontend with the address and the key of staging',
    'KEY02: incidents/mixed-environments.test.ts › A-033: a frontend with the address and the key of staging',
  ),
  notOurs(['A-035', 'DEP', 'A library does not go with the new release of another'], INSTALLATION),
  caught(
    ['A-036', 'CFG', 'Values written into the file of the deployment win over the environment'],
    'ENV10: incidents/mixed-environments.test.ts › A-036: a value written into the file of the deployment',
    'configuration: config/load.test.ts › knows where each value came from',
  ),
  caught(
    ['A-037', 'MOCK', 'A fallback for one dependency hides the result of all the others'],
    'start: serve/dependency-away.test.ts › is ready, says that files wait, takes everything else',
    'pipeline: document/outcomes.test.ts › an embedding service that is down for a moment costs an attempt',
  ),
  caught(
    ['A-038-2', 'NET', 'Requests never reach the server, and the code is blamed'],
    'HK02: incidents/network.test.ts › A-038-2: where requests never arrive',
  ),
  notOurs(['A-040', 'DEP', 'A frontend is built in the wrong directory'], FRONTEND),
  caught(
    ['A-041', 'DEP', 'An image is built well, and ends when a library is loaded'],
    'RUN01: incidents/deployment.test.ts › B-001: after which no API has come up',
    'RUN01: running/deploy.test.ts › fails where no worker came, however well the API is',
  ),
  notOurs(
    ['A-042', 'DEP', 'Builds are slow, since two of their options contradict each other'],
    'it is the build at the host: it costs time, and what it makes is right',
  ),
]
