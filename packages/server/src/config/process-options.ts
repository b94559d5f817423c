/** Options of the process itself: where it runs, where it listens, what it keeps and which keys it has. */
import { z } from 'zod'
import { option } from './option.ts'
import { choice, list, text, webUrl, wholeNumber } from './scalar.ts'

const environments = ['development', 'staging', 'production'] as const
const roles = ['intake', 'api', 'worker'] as const
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

export type Environment = (typeof environments)[number]
export type Role = (typeof roles)[number]
export type LogLevel = (typeof logLevels)[number]

// A PostgreSQL schema of this form needs no quoting anywhere.
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/
const DATABASE_URL = /^postgres(ql)?:\/\//
const KEY_ID = /^[a-z0-9][a-z0-9_-]{0,31}$/i
// Shorter keys could be guessed from one callback address.
const SERVER_KEY_LENGTH = 16

const serverKey = z.strictObject({
  id: option(
    text('1 to 32 letters, digits, - or _', (id) => KEY_ID.test(id)),
    { description: 'Names the key inside the tokens made with it.' },
  ),
  key: option(
    text(`at least ${SERVER_KEY_LENGTH} characters`, (key) => key.length >= SERVER_KEY_LENGTH),
    { description: 'The key itself.', secret: true },
  ),
})

const database = z.strictObject({
  url: option(
    text('an address such as postgresql://user:password@host:5432/name', (url) => DATABASE_URL.test(url)).optional(),
    {
      description: 'PostgreSQL 14 or newer, pooled or not. Without it, an embedded PostgreSQL runs under `dataDir`.',
      secret: true,
      env: ['DATABASE_URL'],
      absent: 'the embedded PostgreSQL',
    },
  ),
  schema: option(
    text('a schema name: lower-case letters, digits and _, up to 63', (name) => SCHEMA_NAME.test(name)).prefault(
      'becket',
    ),
    { description: "The PostgreSQL schema that holds Becket's tables.", env: ['DATABASE_SCHEMA'] },
  ),
  poolSize: option(wholeNumber(2, 500).prefault(10), {
    description: 'Connections that this process opens at most.',
  }),
})

export const processOptions = {
  environment: option(choice(environments).prefault('development'), {
    description:
      'What this installation is for. In `production` stand-ins refuse to run and weak settings are refused.',
  }),
  publicUrl: option(webUrl().optional(), {
    description: 'Where providers reach this server; callback addresses begin with it.',
    absent: 'the address that the server listens on',
  }),
  host: option(text('a host name or an IP address').prefault('127.0.0.1'), {
    description: 'The address to listen on; `0.0.0.0` for all.',
  }),
  port: option(wholeNumber(0, 65_535).prefault(7400), {
    description: 'The port to listen on; 0 takes any free one.',
    env: ['PORT'],
  }),
  roles: option(list(choice(roles), `a list of ${roles.join(', ')}`).prefault([...roles]), {
    description: 'The parts that this process runs.',
  }),
  dataDir: option(text('a directory').prefault('.becket'), {
    description: 'Holds what is made at the first start: keys, stored objects, the embedded PostgreSQL.',
  }),
  logLevel: option(choice(logLevels).prefault('info'), { description: 'The least severe lines that are logged.' }),
  apiKey: option(text('at least 8 characters', (key) => key.length >= 8).optional(), {
    description: 'The first admin key of the API.',
    secret: true,
    roles: ['api'],
    absent: 'made at the first start and kept in `dataDir`',
  }),
  serverKeys: option(list(serverKey, 'a list of {id, key}').prefault([]), {
    description:
      'Keys that callback tokens are made with: the first signs, all are accepted. As one variable: the keys, parted by commas.',
    secret: true,
    env: ['BECKET_SERVER_KEY'],
    absent: 'made at the first start and kept in `dataDir`',
  }),
  database: option(database.prefault({}), { description: 'Where everything is recorded.' }),
}
