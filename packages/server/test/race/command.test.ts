import { expect, test } from 'vitest'
import { registerRehearse } from '../../src/cli/rehearse/command.ts'
import { run } from '../../src/cli/run.ts'
import { createTerminal } from '../cli/terminal.ts'

test('the race refuses to run in production, and says what to do', async () => {
  const said: string[] = []
  const { io } = await createTerminal({ env: { ENVIRONMENT: 'production' }, err: (line) => said.push(line) })
  expect(await run(['rehearse', 'race', '--json'], io, '0.0.0', [registerRehearse])).toBe(78)
  expect(JSON.parse(said.join('\n'))).toMatchObject({ error: { code: 'STAND_IN_IN_PRODUCTION' } })
})

test.each(['0', '1001', '2.5', 'many', ''])('a race of %j documents is a usage error', async (count) => {
  const { io } = await createTerminal()
  expect(await run(['rehearse', 'race', '--documents', count], io, '0.0.0', [registerRehearse])).toBe(2)
})
