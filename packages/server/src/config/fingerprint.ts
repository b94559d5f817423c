/** Tells whether two instances run with the same configuration, without telling what it is. */
import { createHmac } from 'node:crypto'
import type { Config } from './config.ts'

/**
 * Keyed, since a plain hash of a configuration with one short secret could be tried out. What may differ between the
 * instances of one installation is left out: roles, address, data directory, log level, size of the pool.
 */
export function fingerprintConfig(config: Config, key: string): string {
  const {
    roles: _roles,
    host: _host,
    port: _port,
    dataDir: _dataDir,
    logLevel: _logLevel,
    database,
    ...shared
  } = config
  const { poolSize: _poolSize, ...where } = database
  return createHmac('sha256', key)
    .update(canonical({ ...shared, database: where }))
    .digest('hex')
    .slice(0, 16)
}

/** JSON with the keys of every map in order: the order of lines in a file means nothing. */
function canonical(value: unknown): string {
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'))
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    return `{${entries
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
      .join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
