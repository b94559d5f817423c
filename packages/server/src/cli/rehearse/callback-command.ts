/**
 * `becket rehearse callback`, the webhook tester: makes a callback as a source's provider would send it, signs it with the
 * secrets of this machine's configuration, sends it to the running server, and tells what became of it.
 */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { Source as ShownSource } from '@becket/client'
import { loadConfig } from '../../config/load.ts'
import type { ProviderRegistry, SourceConfig } from '../../config/source-config.ts'
import { AppError } from '../../core/error.ts'
import { suggest } from '../../core/suggest.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { UsageError } from '../failure.ts'
import type { AppModule, CliIo } from '../io.ts'
import { openSession, type Session } from '../remote.ts'
import { type CallbackFlags, judgeFlags, readHeaders, readTimeout } from './callback-flags.ts'
import { sendAndFollow } from './callback-follow.ts'
import { type CallbackResult, callbackJson, cameOut, printCallback } from './callback-report.ts'
import { createCallback } from './callback-request.ts'

export async function rehearseCallback(io: CliIo, flags: CallbackFlags): Promise<ExitCode> {
  const app = await io.loadApp()
  const { providers, sinkKinds, importProvider } = app
  const files = { ...(flags.config && { config: flags.config }), ...(flags.dataDir && { dataDir: flags.dataDir }) }
  const known = { providers, sinkKinds, importProvider }
  const { config } = await loadConfig({ flags: files, env: io.env, cwd: io.cwd, ...known })
  const configured = named(flags.source, config.sources, 'this machine’s configuration has no source', 'becket config')
  judgeFlags(flags, configured.verify)
  const headers = readHeaders(flags.header)
  const timeoutMs = readTimeout(flags.timeout)

  const session = await openSession(io, flags)
  await refuseInProduction(session, config.environment, flags)
  const source = await sourceAtServer(session, configured)
  const expectation = flags.expectation === undefined ? null : await session.becket.expectations.get(flags.expectation)
  const deliveryId = `rehearsal-${randomBytes(8).toString('hex')}`
  const facts = {
    operation: expectation?.operation ?? Object.keys(configured.operations)[0] ?? '*',
    externalId: expectation?.externalId ?? expectation?.id ?? deliveryId,
    deliveryId,
    atMs: io.now(),
  }
  const sent = createCallback({
    source,
    expectation,
    path: flags.path,
    base: flags.url,
    headers,
    body: flags.file === undefined ? await sampleOf(app, configured, facts) : await readBody(io, flags.file),
    verify: configured.verify,
    wrongSecret: flags.wrongSecret === true,
    stale: flags.stale === true,
    privateKey: flags.privateKey && (await io.readFile(resolve(io.cwd, flags.privateKey))).toString('utf8'),
    nowMs: facts.atMs,
    deliveryId,
  })
  const followed = await sendAndFollow(io, session.becket, {
    ...sent,
    source: source.id,
    timeoutMs,
  })
  const result: CallbackResult = {
    ...followed,
    source: source.id,
    scheme: configured.verify.scheme,
    sent,
    forgery: forgeryOf(flags),
    expectationId: expectation?.id ?? null,
  }
  session.show(callbackJson(result), () => printCallback(session.output, result))
  return cameOut(result) ? exitCodes.ok : exitCodes.failed
}

/** What is made up would settle real work. Both are asked: this machine's file need not be the server's. */
async function refuseInProduction({ becket }: Session, here: string, { yesProduction }: CallbackFlags): Promise<void> {
  if (yesProduction === true) return
  const there = (await becket.health()).environment
  if (here !== 'production' && there !== 'production') return
  throw new AppError(
    'STAND_IN_IN_PRODUCTION',
    `The callback would be made up, and the environment of ${there === 'production' ? 'the server' : 'this machine'} is \`production\``,
    { hint: 'Try it on staging. If it is meant for production, say so: --yes-production.' },
  )
}

async function sourceAtServer(session: Session, { id, verify }: SourceConfig): Promise<ShownSource> {
  const sources = await session.becket.sources.list()
  const all = Object.fromEntries(sources.map((source) => [source.id, source]))
  const source = named(id, all, 'the server has no source', 'becket sources')
  if (source.verify !== verify.scheme) {
    session.io.err(
      `warning: source ${id} is signed by ${verify.scheme} here, and verified by ${source.verify} at the server: is this its configuration?`,
    )
  }
  return source
}

function named<Item>(id: string, items: Readonly<Record<string, Item>>, what: string, where: string): Item {
  const item = Object.hasOwn(items, id) ? items[id] : undefined
  if (item !== undefined) return item
  const near = suggest(id, Object.keys(items))
  throw new UsageError(
    `${what} ${id}`,
    near === undefined ? `${where} shows which there are.` : `Did you mean ${near}?`,
  )
}

function forgeryOf({ wrongSecret, stale }: CallbackFlags): string | null {
  const wrong = [...(wrongSecret === true ? ['with a wrong secret'] : []), ...(stale === true ? ['too long ago'] : [])]
  return wrong.length === 0 ? null : wrong.join(' and ')
}

type Facts = Parameters<NonNullable<ProviderRegistry[number]['sample']>>[0]

async function sampleOf(app: AppModule, source: SourceConfig, facts: Facts): Promise<Buffer> {
  const provider = await providerOf(app, source)
  if (provider?.sample !== undefined) return Buffer.from(JSON.stringify(provider.sample(facts, source.options)))
  throw new UsageError(
    `nobody knows what a callback of ${source.provider} looks like`,
    'Give its body: --file BODY, or --file -',
  )
}

async function providerOf({ providers, importProvider }: AppModule, { provider: name, module }: SourceConfig) {
  if (module === undefined) return providers.find((each) => each.name === name)
  // The configuration has been judged, and with it the module: it is loaded.
  const read = await importProvider(module)
  return read.kind === 'provider' ? read.provider : undefined
}

async function readBody(io: CliIo, file: string): Promise<Buffer> {
  return io.readFile(file === '-' ? '/dev/stdin' : resolve(io.cwd, file))
}
