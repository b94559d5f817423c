/** The series of the deployment of September 2025. */

import { caught, INSTALLATION, notOurs } from './entry.ts'
import type { Incident } from './incident.ts'

export const seriesB: readonly Incident[] = [
  caught(
    ['B-001', 'DEP', 'The API ends at its start: its image lacks a folder'],
    'RUN01: incidents/deployment.test.ts › B-001: after which no API has come up',
  ),
  caught(
    ['B-002', 'DEP', 'The worker ends at its start: a module is not where its image has it'],
    'RUN01: incidents/deployment.test.ts › B-002: after which no worker has come up',
    'RUN01: running/deploy.test.ts › fails where no worker came, however well the API is',
  ),
  caught(
    ['B-003a', 'CFG', 'Settings are judged before the environment was loaded'],
    'configuration: incidents/start.test.ts › B-003a: is judged with all of its variables',
  ),
  notOurs(['B-003b', 'DEP', 'Two parts demand different releases of one library'], INSTALLATION),
  caught(
    ['B-004', 'DEP', 'The server is started with an option that there is not'],
    'command line: incidents/start.test.ts › B-004: an option that there is not',
  ),
  caught(
    ['B-005a', 'DEP', 'Browsers are refused: the server behind answers 503'],
    'HK02: incidents/network.test.ts › B-005a: that a gateway answers with 503',
    'readiness: serve/database-away.test.ts › lives, is not ready and says why',
  ),
  caught(
    ['B-005b', 'DEP', 'The worker has a list of libraries of its own, and one is missing from it'],
    'RUN01: incidents/deployment.test.ts › B-002: after which no worker has come up',
  ),
  caught(
    ['B-007', 'MOCK', 'An error of the storage is covered by a local fallback'],
    'pipeline: document/storage.test.ts › fails with the words that its user knows and a support id',
    'ENV11: incidents/configuration.test.ts › B-014: a mock that is on, or half on, in production',
  ),
  caught(
    ['B-008', 'WHU/STK', 'The parser is given an address of the machine itself to call'],
    'HK01: incidents/configuration.test.ts › B-008: the address of the machine itself',
  ),
  caught(
    ['B-009', 'WHU/DEP', 'The address was corrected, and the correction never deployed'],
    'HK01: incidents/configuration.test.ts › B-009: what counts is what the process was given',
    'RUN07: incidents/deployment.test.ts › B-009: whose change reached one process only',
  ),
  caught(
    ['B-010', 'NET', 'Statements that were prepared are found again by somebody else'],
    'DB04: incidents/configuration.test.ts › B-010: prepared statements through a transaction pooler',
    'DB04: doctor/probes-pooler.test.ts › in transaction mode, what a session would keep is found lost',
  ),
  caught(
    ['B-011', 'STO/MOCK/WHU', 'Three causes one behind the other: a policy, a made-up file, an address of the machine'],
    'KEY02: incidents/configuration.test.ts › B-011: of several causes each is told',
    'ENV11: incidents/configuration.test.ts › B-011: of several causes each is told',
    'HK01: incidents/configuration.test.ts › B-011: of several causes each is told',
  ),
  caught(
    ['B-012', 'WHU/CFG', 'Production calls itself development, and its own address is passed over'],
    'ENV10: incidents/mixed-environments.test.ts › B-012: a process of production that calls itself development',
    'configuration: incidents/start.test.ts › B-012: takes the address that was written',
  ),
  caught(
    ['B-013', 'CFG', 'The API talks to a database on its own machine'],
    'ENV10: incidents/mixed-environments.test.ts › B-013: a database on the machine itself',
  ),
  caught(
    ['B-014', 'MOCK', 'A stand-in hides an outage, since nobody read the switch for it'],
    'ENV11: incidents/configuration.test.ts › B-014: a mock that is on, or half on, in production',
    'configuration: incidents/start.test.ts › B-014: that asks for a mock in production',
  ),
  caught(
    ['B-017', 'STO', 'A worker looks for a signed address under a name that the answer has not'],
    'storage: storage/supabase-signed.test.ts › that %s is not taken',
    'STO01: doctor/probes-storage.test.ts › bytes that came back changed are told',
  ),
]
