/** Options of what can be switched off, and given to a part of all jobs first; what each does stands in `core/feature.ts`. */
import { z } from 'zod'
import { type FeatureName, type FeatureSettings, features } from '../core/feature.ts'
import { option } from './option.ts'
import { choice, decimal, flag } from './scalar.ts'

const percent = () =>
  option(decimal(0, 100).prefault(100), {
    description: 'How many of a hundred jobs have it. The same jobs, always; more never takes it from one that has it.',
  })

function rollout(feature: FeatureName) {
  const { does, without } = features[feature]
  const switches = z.strictObject({
    enabled: option(flag().prefault(true), { description: `Whether Becket ${does}. Off: ${without}.` }),
    percent: percent(),
  })
  return option(switches.prefault({}), { description: `Becket ${does}.` })
}

const { does, without } = features.verification

const verification = z.strictObject({
  mode: option(choice(['strict', 'report']).prefault('strict'), {
    description: `\`strict\`: Becket ${does}. \`report\`: ${without}.`,
  }),
  percent: option(decimal(0, 100).prefault(100), {
    description: 'How many of a hundred expectations `strict` holds for; the others are reported.',
  }),
})

const all = z.strictObject({
  recovery: rollout('recovery'),
  artifacts: rollout('artifacts'),
  breakers: rollout('breakers'),
  concurrency: rollout('concurrency'),
  verification: option(verification.prefault({}), { description: `Becket ${does}.` }),
  delivery: rollout('delivery'),
  directUploads: rollout('directUploads'),
})

export const featureOptions = {
  features: option(all.prefault({}), {
    description: 'What can be switched off, or given to a part of all jobs first.',
  }),
}

/** `recovery.enabled` is older, and switches the same off. */
export function toFeatures(written: z.output<typeof all>, recovery: { enabled: boolean }): FeatureSettings {
  const { verification, ...rest } = written
  return {
    ...rest,
    recovery: { ...rest.recovery, enabled: rest.recovery.enabled && recovery.enabled },
    verification: { enabled: verification.mode === 'strict', percent: verification.percent },
  }
}
