/** DB01 to DB10 as far as the text of an address tells. Where only DNS or a connection can decide, it says so. */

import type { CheckCode } from './checks.ts'
import { conclude, notAsked, placeOf, type Remark } from './conclusion.ts'
import { type DatabaseAddress, isTransactionMode, readDatabaseAddress } from './database-address.ts'
import type { Finding } from './finding.ts'
import { hostOfAddress, kindOfHost, projectOfHost } from './host.ts'
import type { VariableRule } from './manifest.ts'
import { type Look, unseenOf, valuesOf } from './service-environment.ts'

interface Written {
  name: string
  origin: string
  address: DatabaseAddress
}

type Judgement = (written: Written, look: Look) => Omit<Remark, 'subject'> | null

const isDatabase = ({ format }: VariableRule) => format.kind === 'postgres-url'

export function checkDatabases(look: Look): Finding[] {
  const unseen = unseenOf(look, isDatabase)
  const written = valuesOf(look).filter(({ rule, value }) => isDatabase(rule) && /^postgres/.test(value))
  const read = written.flatMap(({ name, value, origin }): Written[] => {
    const reading = readDatabaseAddress(value)
    return reading.kind === 'read' ? [{ name, origin, address: reading.address }] : []
  })
  const unread = written.filter(({ value }) => readDatabaseAddress(value).kind !== 'read')
  // What cannot be read is not judged further; DB10 says why.
  const unjudged = [...unseen, ...unread.map(({ name, origin }) => `${name} (${origin})`)]
  const judged = Object.entries(judgements).flatMap(([code, judge]) => {
    const remarks = read.flatMap((each): Remark[] => {
      const remark = judge(each, look)
      return remark === null ? [] : [{ subject: each.name, ...remark }]
    })
    const check: CheckCode = asCode(code)
    return conclude(look, check, { remarks, unseen: unjudged })
  })
  return [...judged, ...passwords(look, written, unseen), ...routes(look, read, unjudged)]
}

const REACH: readonly CheckCode[] = ['DB01', 'DB07', 'DB08']

/** DB01, DB07, DB08: named when the text gives reason to, and left to who can connect. */
function routes(look: Look, read: readonly Written[], unseen: readonly string[]): Finding[] {
  return REACH.flatMap((check) => {
    const remarks = read.flatMap((each): Remark[] => {
      const remark = suspicion(check, each, look)
      return remark === null ? [] : [{ subject: each.name, ...remark }]
    })
    if (remarks.length > 0) return conclude(look, check, { remarks, unseen })
    if (unseen.length > 0) return conclude(look, check, { remarks, unseen })
    return [notAsked(look, check, 'Not asked here: only DNS and a connection can tell.')]
  })
}

function suspicion(check: CheckCode, { name, origin, address }: Written, look: Look): Omit<Remark, 'subject'> | null {
  const isIpv4 = look.service.outbound === 'ipv4'
  const where = isIpv4
    ? `The host of ${look.service.name} has IPv4 only`
    : 'Whether this host has IPv6 is not known here'
  const doubt = `${where}; only DNS tells whether the IPv4 add-on was bought.`
  const pooler = poolerRemedy(name, address, look)
  if (check === 'DB01' && address.way === 'supabase-direct') {
    const evidence = `${name} is the direct address of a Supabase database, which is IPv6 (${origin}). ${doubt}`
    return { status: 'unknown', evidence, remedy: pooler }
  }
  if (check === 'DB07' && address.way === 'dedicated-pooler') {
    const evidence = `${name} has the direct host with port 6543, which is IPv6 like port 5432 (${origin}). ${doubt}`
    return { status: 'unknown', evidence, remedy: pooler }
  }
  if (check === 'DB08' && address.sslmode === 'disable' && kindOfHost(address.host) === 'public') {
    return {
      evidence: `${name} turns TLS off, to a host outside this network (${origin}).`,
      remedy: `Put sslmode=verify-full into ${name} on ${placeOf(look)}.`,
    }
  }
  return null
}

function poolerRemedy(name: string, { hostProject, userProject }: DatabaseAddress, look: Look): string {
  const project = hostProject ?? userProject ?? 'REF'
  return `Set ${name} on ${placeOf(look)} to the session pooler: host *.pooler.supabase.com as the project's Connect page shows it, port 5432, user postgres.${project}.`
}

const judgements = {
  DB02: ({ name, origin, address }, look) => {
    const isPooler = address.way === 'session-pooler' || address.way === 'transaction-pooler'
    if (!isPooler || address.userHasProject) return null
    const project = projectNamed(look) ?? 'REF'
    return {
      evidence: `${name} goes to the shared pooler, and its user names no project (${origin}).`,
      remedy: `Write the user in ${name} on ${placeOf(look)} as postgres.${project}.`,
    }
  },
  DB03: ({ name, origin, address }, look) => {
    const own = address.hostProject ?? address.userProject
    if (own === null) return null
    const other = valuesOf(look)
      .filter(({ rule }) => !isDatabase(rule))
      .map((each) => ({ ...each, project: projectOfHost(hostOfAddress(each.value) ?? '') }))
      .find(({ project }) => project !== null && project !== own)
    if (other === undefined) return null
    return {
      evidence: `${name} is of the project ${own} (${origin}), ${other.name} of ${other.project} (${other.origin}).`,
      remedy: `Take ${name} and ${other.name} on ${placeOf(look)} from the same project.`,
    }
  },
  DB04: (written, look) =>
    look.service.database.preparedStatements ? transactionRemark(written, look, 'prepares statements', 'DB04') : null,
  DB05: (written, look) =>
    look.service.database.session ? transactionRemark(written, look, 'needs a session of its own', 'DB05') : null,
  DB06: (written, look) =>
    look.service.database.isLongLived ? transactionRemark(written, look, 'is a process that stays', 'DB06') : null,
  DB09: ({ name, origin, address }, look) => {
    const { sslmode, host, isLibpqCompatible } = address
    if (sslmode === 'verify-full' || sslmode === 'disable' || isLibpqCompatible) return null
    if (kindOfHost(host) !== 'public') return null
    const known = ['prefer', 'allow', 'require', 'verify-ca', 'no-verify', 'true'].includes(sslmode ?? '')
    const seen = sslmode === null ? 'no sslmode' : known ? `sslmode=${sslmode}` : 'an unusual sslmode'
    return {
      evidence: `${name} has ${seen}, which drivers read in several ways (${origin}).`,
      remedy: `Put sslmode=verify-full into ${name} on ${placeOf(look)}.`,
    }
  },
} as const satisfies Partial<Record<CheckCode, Judgement>>

function asCode(code: string): keyof typeof judgements {
  // The entries are those of the record, which has these keys and no others.
  return code as keyof typeof judgements
}

function transactionRemark(
  { name, origin, address }: Written,
  look: Look,
  why: string,
  check: CheckCode,
): Omit<Remark, 'subject'> | null {
  const isTransaction = isTransactionMode(address)
  if (isTransaction === false) return null
  const service = look.service.name
  if (isTransaction === null) {
    return {
      status: 'unknown',
      evidence: `${name} has the port of PgBouncer, in a mode that its text does not say (${origin}); ${service} ${why}.`,
    }
  }
  const off = check === 'DB04' ? ' Or turn prepared statements off in the driver, in code: no variable does it.' : ''
  return {
    evidence: `${name} goes through a transaction pooler, port 6543 (${origin}), and ${service} ${why}.`,
    remedy: `${poolerRemedy(name, address, look)}${off}`,
  }
}

function passwords(
  look: Look,
  written: readonly { name: string; value: string; origin: string }[],
  unseen: readonly string[],
): Finding[] {
  const remarks = written.flatMap(({ name, value, origin }): Remark[] => {
    const reading = readDatabaseAddress(value)
    if (reading.kind === 'read') return []
    const evidence =
      reading.kind === 'unescaped'
        ? `The password in ${name} holds characters that end it too early (${origin}).`
        : `${name} cannot be read as an address (${origin}).`
    return [{ subject: name, evidence }]
  })
  return conclude(look, 'DB10', { remarks, unseen })
}

function projectNamed(look: Look): string | null {
  for (const { value } of valuesOf(look)) {
    const project = projectOfHost(hostOfAddress(value) ?? '')
    if (project !== null) return project
  }
  return null
}
