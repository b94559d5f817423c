/** One source as `becket config` shows it: the common options, each operation, and the provider's own options. */
import { formatDuration } from '../core/duration.ts'
import { type Path, pathText } from './draft.ts'
import type { LoadedConfig } from './load.ts'
import { formatOrigin } from './origin.ts'
import { describePlan } from './plan.ts'
import { holdsSecret, isSecret } from './secret-words.ts'
import { MASK, type ShownOption } from './shown.ts'
import { readableLeavesOf } from './shown-leaves.ts'
import type { SourceConfig } from './source-config.ts'

export function describeSource(source: SourceConfig, loaded: LoadedConfig): ShownOption[] {
  const at = ['sources', source.id]
  const own = loaded.ownOptionsOf(at)
  const show = (path: Path, value: string | null): ShownOption => {
    const origin = loaded.originOf(path)
    const isHidden = value !== null && (isSecret(path, origin, own) || holdsSecret(value))
    return { path: pathText(path), value: isHidden ? MASK : value, origin: formatOrigin(origin) }
  }
  const { scheme, ...verify } = source.verify
  const header = 'header' in verify ? ` by ${verify.header}` : ''
  const operations = Object.entries(source.operations).flatMap(([name, operation]) => {
    const here = [...at, 'operations', name]
    return [
      show([...here, 'expectWithin'], formatDuration(operation.expectWithinMs)),
      show([...here, 'deadline'], formatDuration(operation.deadlineMs)),
      show([...here, 'plan'], describePlan(operation.plan)),
      show([...here, 'resubmit'], operation.resubmit),
      ...(operation.concurrency === undefined ? [] : [show([...here, 'concurrency'], String(operation.concurrency))]),
    ]
  })
  return [
    show([...at, 'provider'], source.module === undefined ? source.provider : `${source.provider} (${source.module})`),
    show([...at, 'enabled'], String(source.enabled)),
    show([...at, 'baseUrl'], source.baseUrl),
    show([...at, 'apiKey'], source.apiKey),
    show([...at, 'paths'], source.paths.length === 0 ? null : source.paths.join(', ')),
    show([...at, 'verify'], `${scheme}${header}`),
    ...('signed' in verify ? [show([...at, 'verify', 'signed'], verify.signed)] : []),
    ...('secrets' in verify ? [show([...at, 'verify', scheme === 'basic' ? 'password' : 'secret'], MASK)] : []),
    ...('publicKeys' in verify ? [show([...at, 'verify', 'publicKey'], verify.publicKeys.join(', '))] : []),
    ...('verifyTokens' in verify ? [show([...at, 'verify', 'verifyToken'], MASK)] : []),
    ...('toleranceMs' in verify ? [show([...at, 'verify', 'tolerance'], formatDuration(verify.toleranceMs ?? 0))] : []),
    show([...at, 'allow'], source.allow.length === 0 ? null : source.allow.join(', ')),
    show([...at, 'allowPrivate'], String(source.allowPrivate)),
    ...(source.rate === undefined
      ? []
      : [
          show([...at, 'rate', 'perSecond'], String(source.rate.perSecond)),
          show([...at, 'rate', 'burst'], String(source.rate.burst)),
        ]),
    show([...at, 'checks', 'perMinute'], String(source.checksPerMinute)),
    ...readableLeavesOf(source.options, at, own).map(({ path, value }) => show(path, value)),
    ...operations,
  ]
}
