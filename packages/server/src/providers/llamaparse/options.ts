/** What a LlamaParse source may say beside the options that every source has. */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { choice } from '../../config/scalar.ts'

const regions = {
  us: 'https://api.cloud.llamaindex.ai',
  eu: 'https://api.cloud.eu.llamaindex.ai',
} as const

export const llamaParseOptions = z
  .strictObject({
    api: option(choice(['v1', 'v2']).prefault('v2'), { description: 'The version of the API.' }),
    region: option(choice(['us', 'eu']).prefault('us'), {
      description: 'Where the account lives, unless `baseUrl` says so; keys work in their own region only.',
    }),
    tier: option(choice(['fast', 'cost_effective', 'agentic', 'agentic_plus']).optional(), {
      description: 'How thoroughly documents are parsed (v2).',
      absent: 'cost_effective',
    }),
    version: option(z.string().min(1).optional(), {
      description: "The release of the tier's parser (v2): `latest`, or a date to stay with.",
      absent: 'latest',
    }),
    projectId: option(z.string().min(1).optional(), {
      description: 'The project that jobs belong to.',
      absent: "the key's",
    }),
    webhookSecret: option(z.string().min(1).optional(), {
      description: 'Sent along with each job (v2); LlamaParse then signs its callbacks with it.',
      secret: true,
    }),
  })
  .superRefine((options, context) => {
    if (options.api === 'v2') return
    for (const name of ['tier', 'version', 'webhookSecret'] as const) {
      if (options[name] === undefined) continue
      const message = `\`api: v2\` beside it, or no \`${name}\`: v1 does not know it`
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })

export type LlamaParseOptions = z.output<typeof llamaParseOptions>

export function baseUrlOf({ region }: LlamaParseOptions): string {
  return regions[region]
}

export const unauthorizedAdvice = {
  unauthorized:
    "Check the source's `apiKey`, and that it belongs to the region of `baseUrl`: keys of one region are unknown in another.",
}
