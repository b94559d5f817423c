/** Starts the stand-ins' process and asks it for its ledger. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Entry, RehearsalAddresses, RehearsalOptions, Summary } from '@becket/rehearsal'
import { faults, processing } from './settings.ts'

export interface StandIns {
  addresses: RehearsalAddresses
  ledger(): Promise<{ summary: Summary; submits: Entry<'submit'>[] }>
  stop(): Promise<void>
}

type Message =
  | { kind: 'addresses'; addresses: RehearsalAddresses }
  | { kind: 'ledger'; summary: Summary; submits: Entry<'submit'>[] }

const program = fileURLToPath(new URL('stand-ins-child.mjs', import.meta.url))

export async function startStandIns(seed: number): Promise<StandIns> {
  const options: RehearsalOptions = {
    environment: 'development',
    seed,
    faults,
    processing,
    // Three tries within a second and a half: some are over before the server is back, some are not.
    timeScale: 0.5,
  }
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')

  /** The child is ours, and sends nothing but these. */
  async function next<Kind extends Message['kind']>(kind: Kind): Promise<Extract<Message, { kind: Kind }>> {
    const message: Message = await Promise.race([
      once(child, 'message').then(([sent]) => sent),
      ended.then(() => Promise.reject(new Error('the stand-ins ended'))),
    ])
    if (message.kind !== kind) throw new Error(`the stand-ins sent ${message.kind}, not ${kind}`)
    return message as Extract<Message, { kind: Kind }>
  }

  const { addresses } = await next('addresses')
  return {
    addresses,
    ledger() {
      const answer = next('ledger')
      child.send('ledger')
      return answer
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
