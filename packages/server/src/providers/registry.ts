/** The providers there are, one line each. To add one, see `docs/guides/add-a-provider.md`. */
import { elevenLabs } from './elevenlabs/elevenlabs.ts'
import { httpProvider } from './http/http.ts'
import { llamaParse } from './llamaparse/llamaparse.ts'
import { ncaToolkit } from './nca-toolkit/nca-toolkit.ts'
import { openAi } from './openai/openai.ts'
import { piApi } from './piapi/piapi.ts'
import type { Provider } from './provider.ts'
import { replicate } from './replicate/replicate.ts'

export const providers: readonly Provider[] = [
  llamaParse,
  openAi,
  ncaToolkit,
  piApi,
  elevenLabs,
  replicate,
  httpProvider,
]

/** Null for a name that no provider has. */
export function findProvider(name: string): Provider | null {
  return providers.find((provider) => provider.name === name) ?? null
}
