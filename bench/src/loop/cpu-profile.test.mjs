import { expect, test } from 'vitest'
import { nameOfFile, selfTimes } from './cpu-profile.mjs'

const frame = (url, functionName = 'run') => ({ url, functionName, lineNumber: 0 })

test.each([
  [frame('file:///x/packages/server/dist/store/wakeups.js'), 'becket: store/wakeups'],
  [frame('file:///x/packages/client/dist/contract/index.js'), 'client: contract/index'],
  [frame('file:///x/node_modules/pg/node_modules/pg-protocol/dist/parser.js'), 'pg-protocol'],
  [frame('file:///x/node_modules/@fastify/static/index.js'), '@fastify/static'],
  [frame('file:///x/bench/src/loop/contenders/handler.mjs'), 'contenders/handler.mjs'],
  [frame('node:net'), 'node:net'],
  [frame('', '(program)'), '(program)'],
  [frame('', 'writev'), '(built in)'],
])('%j belongs to %s', (callFrame, name) => {
  expect(nameOfFile(callFrame)).toBe(name)
})

test('only samples within the window count, and idleness never', () => {
  const profile = {
    startTime: 1_000,
    nodes: [
      { id: 1, callFrame: frame('node:net') },
      { id: 2, callFrame: frame('node:http') },
      { id: 3, callFrame: frame('', '(idle)') },
    ],
    samples: [1, 2, 3, 2, 1],
    timeDeltas: [1_000, 1_000, 5_000, 3_000, 1_000],
  }
  expect(selfTimes(profile, { fromUs: 2_500, untilUs: 12_500 })).toEqual([
    { name: 'node:http', share: 0.8, ms: 4 },
    { name: 'node:net', share: 0.2, ms: 1 },
  ])
})
