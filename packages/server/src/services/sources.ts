/** The configured sources as the API shows them: without their secrets. */
import type { Source as ShownSource } from '@becket/client/contract'
import type { Sources } from '../providers/sources.ts'

export function createSourceService({ sources, publicUrl }: { sources: Sources; publicUrl: () => string }) {
  async function list(): Promise<ShownSource[]> {
    return [...sources.values()].map((source) => ({
      id: source.id,
      provider: source.provider,
      verify: source.verify.scheme,
      callbackUrl: `${publicUrl()}/in/${source.id}`,
      paths: [...source.paths],
      operations: Object.entries(source.operations).map(([name, settings]) => ({
        name,
        expectWithinMs: settings.expectWithinMs,
        deadlineMs: settings.deadlineMs,
        plan: settings.plan.kind,
        resubmit: settings.resubmit,
      })),
    }))
  }
  return { list }
}
