/** HK01: whether a provider out there could call the address that it is given. Whether it does come through: HK02. */
import { conclude, placeOf, type Remark } from './conclusion.ts'
import type { Finding } from './finding.ts'
import { environmentsInHost, hostOfAddress, kindOfHost } from './host.ts'
import { environmentOf, type Look, unseenOf, valuesOf } from './service-environment.ts'
import { isPlaceholder } from './value-checks.ts'

export function checkCallbackAddress(look: Look): Finding[] {
  const remarks = valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    if (rule.means !== 'callback' || isPlaceholder(value)) return []
    const wrong = wrongWith(value, look)
    if (wrong === null) return []
    return [
      {
        subject: name,
        evidence: `${name} ${wrong.what} (${origin}).`,
        ...(wrong.isTolerable && { severity: 'warning' as const }),
        remedy: `Set ${name} on ${placeOf(look)} to the public https address of the service that takes callbacks.`,
        ...(rule.capability !== null && { capability: rule.capability }),
      },
    ]
  })
  return conclude(look, 'HK01', { remarks, unseen: unseenOf(look, ({ means }) => means === 'callback') })
}

function wrongWith(value: string, look: Look): { what: string; isTolerable: boolean } | null {
  const host = /^https?:/i.test(value) ? hostOfAddress(value) : null
  if (host === null) return { what: 'is no address of the web', isTolerable: false }
  const environment = environmentOf(look)
  const isDevelopment = environment === 'development' || environment === 'test'
  const kind = kindOfHost(host)
  if (kind === 'loopback')
    return { what: "is this machine's own address: nobody outside can mean it", isTolerable: isDevelopment }
  if (kind === 'private') return { what: 'is known in its own network only', isTolerable: isDevelopment }
  if (kind === 'tunnel') {
    return isDevelopment
      ? null
      : { what: 'is a tunnel, which ends with the terminal that opened it', isTolerable: false }
  }
  if (/^http:/i.test(value)) return { what: 'is http, not https', isTolerable: isDevelopment }
  const owner = otherOwner(host, look, environment)
  return owner === null ? null : { what: `is a host of ${owner}, not of ${environment}`, isTolerable: false }
}

function otherOwner(host: string, { manifest }: Look, environment: string | null): string | null {
  if (environment === null) return null
  for (const [name, { hosts }] of Object.entries(manifest.environments)) {
    if (hosts.includes(host)) return name === environment ? null : name
  }
  const named = environmentsInHost(host)
  return named.includes(environment) ? null : (named[0] ?? null)
}
