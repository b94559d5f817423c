/**
 * What can be asked for a service of the user's own, by its manifest: its database, and keys of providers that the manifest
 * names. A key goes to its own provider, or to where the manifest says that this provider is, and to nobody else.
 */
import type { VariableRule } from '../core/doctor/manifest.ts'
import { type Look, readVariable, valuesOf } from '../core/doctor/service-environment.ts'
import { createOutbound, type HttpOutbound } from '../outbound/http.ts'
import type { Provider } from '../providers/provider.ts'
import { providers } from '../providers/registry.ts'
import type { OpenProbing } from './own-probing.ts'
import { secretsOf } from './own-secrets.ts'
import type { KeyHolder } from './probes/keys.ts'
import type { ProbeTargets } from './probes/run-probes.ts'
import type { Dependent, Remark } from './probing.ts'

const OF_ITS_OWN = 'Not asked: only the service itself can answer for that.'

export function openManifestProbing(
  look: Look,
  { candidates, directory }: { candidates: readonly string[]; directory: string },
): OpenProbing {
  const values = valuesOf(look)
  const dependents: Record<string, Dependent> = {
    machine: { subject: 'this machine', isHard: false, capability: null },
  }
  const unaskable: Remark[] = [
    { check: 'HK02', evidence: OF_ITS_OWN },
    { check: 'INIT01', evidence: 'Not asked: only a start of the service shows it.' },
    { check: 'INIT02', evidence: 'Not asked: only a start of the service shows it.' },
    { check: 'STO01', evidence: OF_ITS_OWN },
  ]
  const targets: ProbeTargets = { machine: { dataDir: directory } }

  const database = values.find(({ rule, value }) => rule.format.kind === 'postgres-url' && /^postgres/.test(value))
  const [url, ...others] = [...new Set([...(database === undefined ? [] : [database.value]), ...candidates])]
  if (url === undefined) unaskable.push({ check: 'NET01', evidence: 'Not asked: no address of a database is set.' })
  else {
    const { preparedStatements, session } = look.service.database
    targets.database = {
      url,
      candidates: others,
      schema: schemaOf(look),
      mode: { preparedStatements, listen: session, advisoryLocks: session },
    }
    dependents.database = dependentOf(database?.rule, database?.name ?? '--candidate')
  }

  const outbounds: HttpOutbound[] = []
  const keys = values.filter(({ rule }) => rule.provider !== null && !isAddress(rule))
  const holders = keys.flatMap(({ rule, name, value }): KeyHolder[] => {
    const provider = providers.find((each) => each.name === rule.provider)
    const holder = provider === undefined ? null : holderOf(look, provider, { name, key: value })
    if (holder === null) {
      unaskable.push({ check: 'KEY01', evidence: `Not asked: where ${name} belongs is not known.` })
      return []
    }
    outbounds.push(holder.outbound)
    dependents[`source ${name}`] = dependentOf(rule, name)
    return [holder]
  })
  if (holders.length > 0) targets.sources = holders
  return {
    probing: {
      look,
      targets,
      dependents,
      idle: [],
      unaskable,
      start: null,
      // Whether a service of others ever makes tables is not known.
      weigh: ({ rung, evidence }) =>
        rung === 'rights' && evidence.includes('make tables')
          ? { severity: 'info', consequence: 'It reads and writes; it cannot migrate by itself.' }
          : {},
      secrets: secretsOf(look),
    },
    async close() {
      await Promise.all(outbounds.map((outbound) => outbound.close()))
    },
  }
}

function dependentOf(rule: VariableRule | undefined, subject: string): Dependent {
  return { subject, isHard: rule === undefined || rule.need === 'hard', capability: rule?.capability ?? null }
}

const isAddress = ({ format }: VariableRule) => format.kind === 'url' || format.kind === 'https-url'

/** Null: the provider has no address by itself, and the manifest names none. */
function holderOf(look: Look, provider: Provider, { name, key }: { name: string; key: string }) {
  const options = provider.options.safeParse({})
  if (!options.success) return null
  const address = look.service.variables.find((rule) => rule.provider === provider.name && isAddress(rule))
  const reading = address === undefined ? null : readVariable(look.environment, address)
  const baseUrl = reading?.kind === 'set' ? reading.value : (provider.baseUrl?.(options.data) ?? null)
  if (baseUrl === null || !URL.canParse(baseUrl)) return null
  const credentials = provider.credentials?.(key, options.data) ?? { header: 'authorization', value: `Bearer ${key}` }
  const outbound = createOutbound({ source: name, baseUrl: baseUrl.replace(/\/+$/, ''), credentials, allowOrigins: [] })
  const api = provider.create({ id: name, options: options.data, outbound })
  return { id: name, kind: provider.name, enabled: true, api, outbound }
}

/** By the variable that is called so; where there is none, PostgreSQL's own. */
function schemaOf(look: Look): string {
  const rule = look.service.variables.find(({ name }) => /(^|_)SCHEMA$/.test(name))
  const reading = rule === undefined ? null : readVariable(look.environment, rule)
  return reading?.kind === 'set' ? reading.value : (rule?.default ?? 'public')
}
