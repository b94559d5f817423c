/** Every secret that is known of a configuration and an environment, so that it can be taken out of what others say. */
import type { Config } from '../config/config.ts'
import { type Look, valuesOf } from '../core/doctor/service-environment.ts'

export function ownSecrets(config: Config, look: Look): string[] {
  const { apiKey, serverKeys, documents, storage, sources, sinks, database } = config
  const ofStorage =
    storage.kind === 's3' ? [storage.secretAccessKey] : storage.kind === 'supabase' ? [storage.serviceKey] : []
  return [
    ...secretsOf(look),
    ...passwordsIn(database.url),
    apiKey,
    ...serverKeys.map(({ key }) => key),
    documents.encryptionKey?.toString('base64') ?? null,
    ...ofStorage,
    ...Object.values(sources).map((source) => source.apiKey),
    ...Object.values(sinks).map((sink) => sink.apiKey),
  ].filter((secret) => secret !== null)
}

/** Of what is set here: values that are secret, and passwords in addresses. */
export function secretsOf(look: Look): string[] {
  return valuesOf(look).flatMap(({ rule, value }) => [
    ...(rule.secret && rule.format.kind !== 'postgres-url' ? [value] : []),
    ...passwordsIn(value),
  ])
}

function passwordsIn(url: string | null): string[] {
  if (url === null || !/^[a-z][a-z0-9+.-]*:\/\//i.test(url) || !URL.canParse(url)) return []
  const { password } = new URL(url)
  return password === '' ? [] : [password, decoded(password)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // A lone percent sign, which stays as it is.
    return text
  }
}
