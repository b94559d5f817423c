/** Reports without a number, named here by what happened, and those of the tests of September 2025. */

import { caught, notOurs } from './entry.ts'
import type { Incident } from './incident.ts'

export const seriesN: readonly Incident[] = [
  caught(
    ['N-port', 'CFG/NET', 'Production listens on another port than its platform expects; staging drops its pooler'],
    'ENV01: incidents/configuration.test.ts › N-port: a port that is missing, or is none',
    'HK02: incidents/network.test.ts › N-port: of a process that listens elsewhere',
    'DB01: incidents/configuration.test.ts › A-030s: a key that was never set',
  ),
  caught(
    ['N-unreachable', 'NET', 'The database of production cannot be reached'],
    'DB01: incidents/network.test.ts › N-unreachable: that cannot be reached',
  ),
  caught(
    ['N-tunnel', 'WHU', 'Callbacks come through a tunnel that somebody opens by hand'],
    'HK01: incidents/configuration.test.ts › N-tunnel: a tunnel that somebody opened by hand',
  ),
  caught(
    ['N-embedding-client', 'DEP', 'The client for embeddings does not go with another library'],
    'KEY01: doctor/probes-keys.test.ts › a good key passes with one request',
    'RUN06: running/examination.test.ts › passes every step, the callback by way of intake and worker',
  ),
  caught(
    ['FRACAS-001', 'DEP', 'Most tests fail, since the services that they need do not run'],
    'RUN01: running/deploy.test.ts › fails where no worker came, however well the API is',
    'readiness: serve/database-away.test.ts › lives, is not ready and says why',
  ),
  notOurs(
    ['FRACAS-002', 'DEP', 'A class of tests lacks a method'],
    'it stands in test code, and shows when the tests are collected',
  ),
]
