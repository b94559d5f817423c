/** Finds the server that the commands speak to, and the key: flags, then the environment, then the server's own key file. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Becket, createBecket } from '@becket/client'
import { readVariables, type Variables } from '../config/dotenv.ts'
import { createDraft } from '../config/draft.ts'
import { readYaml } from '../config/yaml-file.ts'
import { UsageError } from './failure.ts'
import type { CliIo } from './io.ts'

export interface ConnectionFlags {
  url?: string
  apiKey?: string
  dataDir?: string
}

const DEFAULT_URL = 'http://127.0.0.1:7400'
const KEY_FILE = 'admin.key'

export async function connect(io: CliIo, flags: ConnectionFlags): Promise<Becket> {
  const variables = await readVariables(io.env, io.cwd)
  const url = flags.url ?? variables.get('BECKET_URL') ?? DEFAULT_URL
  const address = URL.canParse(url) ? new URL(url) : null
  if (address === null || !/^https?:$/.test(address.protocol)) {
    throw new UsageError(`the address of the server is not one: ${url}`, `Write it as ${DEFAULT_URL}.`)
  }
  const apiKey =
    flags.apiKey ?? variables.get('BECKET_API_KEY') ?? (await keyOfThisMachine(io, flags, variables, address))
  // A person waits: whether the server is away shall be known at once.
  return createBecket({ url, apiKey: apiKey ?? '', retries: 0 })
}

/** The key file opens the server of this machine; it is never sent to another one. */
async function keyOfThisMachine(
  io: CliIo,
  flags: ConnectionFlags,
  variables: Variables,
  address: URL,
): Promise<string | undefined> {
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname)) return undefined
  const dataDir = flags.dataDir ?? variables.get('BECKET_DATA_DIR') ?? (await dataDirOfFile(io, variables)) ?? '.becket'
  const key = await readFile(resolve(io.cwd, dataDir, KEY_FILE), 'utf8').catch(() => '')
  return key.trim() === '' ? undefined : key.trim()
}

/** Only this one option: what else the file holds, and whether it is right, is the server's affair. */
async function dataDirOfFile(io: CliIo, variables: Variables): Promise<string | undefined> {
  const path = resolve(io.cwd, variables.get('BECKET_CONFIG') ?? 'becket.yaml')
  const text = await readFile(path, 'utf8').catch(() => '')
  const draft = createDraft()
  readYaml({ name: path, text }, variables, draft)
  const dataDir = draft.get(['dataDir'])
  return typeof dataDir === 'string' ? dataDir : undefined
}
