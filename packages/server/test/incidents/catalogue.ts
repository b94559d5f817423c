/**
 * The incidents of the first users, as data: which check would have caught each, and the test that shows it; or why none
 * of ours can. Only of the classes that are about where software runs; what went wrong inside it is held by other tests.
 */
import type { Incident } from './incident.ts'
import { seriesA } from './series-a.ts'
import { seriesB } from './series-b.ts'
import { seriesC } from './series-c.ts'
import { seriesN } from './series-n.ts'

/** CFG configuration, NET network, WHU callback address, STO storage access, MOCK silent stand-in, DEP deployment. */
export const ownClasses = ['CFG', 'NET', 'WHU', 'STO', 'MOCK', 'DEP'] as const

/** What refuses without being a check: each is a part that starts or takes something. */
export const refusers = [
  'configuration',
  'command line',
  'start',
  'readiness',
  'intake',
  'pipeline',
  'storage',
] as const

export const catalogue: readonly Incident[] = [...seriesA, ...seriesB, ...seriesC, ...seriesN]

/** Every incident with its class, so that none is forgotten; those of other classes too. */
export const incidentClasses: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'A-009 CFG, A-010 CFG, A-011 NET, A-012 STO/CFG, A-013 CFG, A-014 AUTH, A-015 CON/STK, A-016 DEP, A-017 AUTH/CFG',
    'A-018 AUTH, A-019 DEP, A-020 NET, A-021 AUTH, A-022 CFG, A-023 CON/RACE, A-024 STO/CFG, A-025 STO, A-026 NET/CFG',
    'A-027 STO/RACE, A-028 WHP/WHU/CON/DEP, A-029 CFG/RAG, A-030s CFG/NET, A-030p CFG/NET, A-031 STO/CFG, A-032 DEP',
    'A-033 CFG, A-034 AUTH, A-035 DEP, A-036 CFG, A-037 MOCK, A-038 LOAD, A-038-2 NET, A-039 STK, A-040 DEP, A-041 DEP',
    'A-042 DEP, A-043 LOAD',
    'B-001 DEP, B-002 DEP, B-003a CFG, B-003b DEP, B-004 DEP, B-005a DEP, B-005b DEP, B-006 WHP, B-007 MOCK',
    'B-008 WHU/STK, B-009 WHU/DEP, B-010 NET, B-011 STO/MOCK/WHU, B-012 WHU/CFG, B-013 CFG, B-014 MOCK, B-015 WHP',
    'B-016 WHP, B-017 STO, B-018 RAG',
    'C-001 AUTH, C-002 CFG, C-003 CON, C-004 NET, C-005 DEP, C-006 DEP, C-007 -, C-008 CFG, C-009A STO, C-009B STK',
    'C-010 LOAD, C-011 MOCK, C-012 STO, C-013 STO, C-014 LOAD, C-015 STO, C-016 DEP, C-017 DEP, C-018 CFG',
    'C-019 RACE/STO, C-020 WHP/STO, C-021 STK/CON, C-022 DEP, C-023 RACE/STO, C-024 RAG, C-025 MOCK, C-026 MOCK',
    'C-027 LOAD, C-028 LOAD, C-029 STO, C-030 WHP, C-031 MOCK, C-032 MOCK/STK, C-033 RAG',
    'N-worker-schema CON, N-port CFG/NET, N-unreachable NET, INC-2025-0924-001 CON, N-tunnel WHU, N-mixed-answers LOAD',
    'N-embedding-client DEP, FRACAS-001 DEP, FRACAS-002 DEP, FRACAS-003 AUTH, FRACAS-004 STK, FRACAS-005 LOAD',
    'FRACAS-006 AUTH, FRACAS-007 WHP, FRACAS-008 -',
  ].flatMap((line) => line.split(', ').map((entry) => [entry.split(' ')[0] ?? '', entry.split(' ')[1] ?? ''])),
)
