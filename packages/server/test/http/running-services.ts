/** What the system that runs says of itself, in memory: nothing is there but one examination, which goes on for ever. */
import type { DoctorRun } from '@becket/client/contract'
import type { Services } from '../../src/services/services.ts'

const run: DoctorRun = {
  id: 'run_1',
  instanceId: 'ins_1',
  by: 'operator',
  state: 'running',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: null,
  passed: 0,
  failed: 0,
  unknown: 0,
  steps: [],
  error: null,
}

type Running = Pick<Services, 'features' | 'changes' | 'instances' | 'findings'>

export function runningServices(doings: unknown[][]): Running {
  return {
    features: { list: async () => [] },
    changes: { list: async () => ({ items: [], nextCursor: null }) },
    instances: { settings: async () => null },
    findings: {
      list: async () => ({ items: [], nextCursor: null }),
      get: async () => null,
      async run(request, by) {
        doings.push(['examine', request, by.name])
        return run
      },
      getRun: async (id) => (id === run.id ? run : null),
    },
  }
}
