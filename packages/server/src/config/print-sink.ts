/** One sink as `becket config` shows it: the common options, and those of its kind. */
import { type Path, pathText } from './draft.ts'
import type { LoadedConfig } from './load.ts'
import { formatOrigin } from './origin.ts'
import { holdsSecret, isSecret } from './secret-words.ts'
import { MASK, type ShownOption } from './shown.ts'
import { readableLeavesOf } from './shown-leaves.ts'
import type { SinkConfig } from './sink-config.ts'

export function describeSink(sink: SinkConfig, loaded: LoadedConfig): ShownOption[] {
  const at = ['sinks', sink.id]
  const own = loaded.ownOptionsOf(at)
  const show = (path: Path, value: string | null): ShownOption => {
    const origin = loaded.originOf(path)
    const isHidden = value !== null && (isSecret(path, origin, own) || holdsSecret(value))
    return { path: pathText(path), value: isHidden ? MASK : value, origin: formatOrigin(origin) }
  }
  return [
    show([...at, 'kind'], sink.kind),
    show([...at, 'enabled'], String(sink.enabled)),
    show([...at, 'baseUrl'], sink.baseUrl),
    show([...at, 'apiKey'], sink.apiKey),
    show([...at, 'allowPrivate'], String(sink.allowPrivate)),
    ...readableLeavesOf(sink.options, at, own).map(({ path, value }) => show(path, value)),
  ]
}
