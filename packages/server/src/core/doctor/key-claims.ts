/** KEY02: what keys say of themselves. Claims are read, not verified: a swapped key is a good one in the wrong place. */
import { conclude, placeOf, type Remark } from './conclusion.ts'
import type { Finding } from './finding.ts'
import { newKeyRole } from './format.ts'
import { hostOfAddress, projectOfHost } from './host.ts'
import type { VariableRule } from './manifest.ts'
import { type Look, unseenOf, valuesOf } from './service-environment.ts'

interface KeyClaims {
  role: string | null
  project: string | null
}

// What Supabase issues; a role of any other name is not repeated.
const ROLES = ['anon', 'service_role', 'authenticated']

/** Null where it is no token that can be read. */
function readKeyClaims(value: string): KeyClaims | null {
  const newRole = newKeyRole(value)
  if (newRole !== null) return { role: newRole, project: null }
  const payload = value.split('.')[1]
  if (payload === undefined || value.split('.').length !== 3) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null) return null
    const role = 'role' in claims && typeof claims.role === 'string' ? claims.role : null
    const project = 'ref' in claims && typeof claims.ref === 'string' ? claims.ref : null
    return { role, project }
  } catch {
    return null
  }
}

const isToken = ({ format }: VariableRule) => format.kind === 'jwt' && format.role !== null

export function checkKeyClaims(look: Look): Finding[] {
  const projects = valuesOf(look).flatMap(({ name, value }) => {
    const project = projectOfHost(hostOfAddress(value) ?? '')
    return project === null || !/^https?:/i.test(value) ? [] : [{ name, project }]
  })
  const unreadable: string[] = []
  const remarks = valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    if (rule.format.kind !== 'jwt' || rule.format.role === null) return []
    const claims = readKeyClaims(value)
    if (claims === null || claims.role === null) {
      unreadable.push(`the claims of ${name} (${origin})`)
      return []
    }
    const remedy = `Set ${name} on ${placeOf(look)} to the ${rule.format.role} key from the API settings of its project.`
    const capability = rule.capability === null ? {} : { capability: rule.capability }
    if (claims.role !== rule.format.role) {
      const found = ROLES.includes(claims.role) ? `the role ${claims.role}` : 'another role'
      const evidence = `${name} holds a key of ${found}, not of ${rule.format.role} (${origin}).`
      return [{ subject: name, evidence, remedy, ...capability }]
    }
    const stranger = projects.find(({ project }) => claims.project !== null && project !== claims.project)
    if (stranger === undefined) return []
    const evidence = `${name} is a key of another project than the one that ${stranger.name} names (${origin}).`
    return [{ subject: name, evidence, remedy, ...capability }]
  })
  return conclude(look, 'KEY02', { remarks, unseen: [...unseenOf(look, isToken), ...unreadable] })
}
