/** Options of what Becket finds out about itself while it runs. */
import { z } from 'zod'
import { option } from './option.ts'
import { duration, flag, text } from './scalar.ts'

const canary = z.strictObject({
  enabled: option(flag().prefault(false), {
    description: 'Whether Becket examines itself now and then: storage, callback path, worker. One process at a time.',
  }),
  every: option(duration({ minMs: 10_000, maxMs: 86_400_000 }).prefault('15m'), {
    description: 'How often.',
  }),
  document: option(flag().prefault(false), {
    description: 'Whether a tiny document is parsed and embedded each time; providers charge for it.',
  }),
})

const doctor = z.strictObject({
  compareKey: option(text('a key of 16 characters or more', (value) => value.length >= 16).optional(), {
    description:
      'The key of the fingerprints of settings. The same in two installations, such as staging and production, lets them be compared.',
    secret: true,
    absent: 'the server key',
  }),
  canary: option(canary.prefault({}), { description: 'Examining itself now and then.' }),
})

export const doctorOptions = {
  doctor: option(doctor.prefault({}), { description: 'Finding out what is wrong.' }),
}

export function toDoctor({ compareKey, canary }: z.output<typeof doctor>) {
  const { enabled, every, document } = canary
  return { compareKey: compareKey ?? null, canary: { enabled, everyMs: every, document } }
}
