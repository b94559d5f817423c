/** Puts a rehearsed callback together: where it goes, what it says, how it is signed. Sends nothing. */
import { generateKeyPairSync } from 'node:crypto'
import type { Expectation, Source as ShownSource } from '@becket/client'
import { schemeOf } from '../../core/signature/scheme-of.ts'
import { oldestSignatureMs, signCallback, withWrongSecret } from '../../core/signature/sign.ts'
import type { VerifyConfig } from '../../core/signature/verify-config.ts'
import { UsageError } from '../failure.ts'

export interface RehearsedCallback {
  /** Where it is sent; may hold a token. */
  url: string
  headers: Record<string, string>
  body: Buffer
}

export interface CallbackPlan {
  source: ShownSource
  /** Whose address it goes to. */
  expectation: Expectation | null
  path: string | undefined
  /** The server to send it to, where that is not the address that the provider is given. */
  base: string | undefined
  headers: Record<string, string>
  body: Buffer
  verify: VerifyConfig
  wrongSecret: boolean
  stale: boolean
  privateKey: string | undefined
  nowMs: number
  deliveryId: string
}

// A minute beyond: clocks of two machines differ by seconds.
const STALE_BY_MS = 60_000

export function createCallback(plan: CallbackPlan): RehearsedCallback {
  const { source, verify, nowMs, deliveryId } = plan
  const publicBase = source.callbackUrl.slice(0, -`/in/${source.id}`.length)
  // What is signed is the address that the provider knows, wherever the request is sent to.
  const url = addressOf(plan, publicBase)
  const headers = { 'content-type': 'application/json', 'user-agent': 'becket-rehearsal', ...plan.headers }
  const age = plan.stale ? (oldestSignatureMs(verify) ?? 0) + STALE_BY_MS : 0
  const privateKey = plan.wrongSecret ? strangersKey(verify) : plan.privateKey
  const signed = signCallback(
    plan.wrongSecret ? withWrongSecret(verify) : verify,
    { method: 'POST', url, headers, body: plan.body },
    { nowMs: nowMs - age, id: deliveryId, ...(privateKey !== undefined && { privateKey }) },
  )
  if (signed.kind === 'impossible') {
    throw new UsageError(`the callback cannot be signed for source ${source.id}: ${signed.reason}`, hintFor(verify))
  }
  const sent = signed.kind === 'signed' ? signed : { url, body: plan.body, headers: {} }
  const base = plan.base?.replace(/\/+$/, '') ?? publicBase
  return { url: base + sent.url.slice(publicBase.length), headers: { ...headers, ...sent.headers }, body: sent.body }
}

function addressOf({ source, expectation, path }: CallbackPlan, publicBase: string): string {
  if (expectation === null) return path === undefined ? source.callbackUrl : publicBase + path
  if (expectation.source !== source.id) {
    throw new UsageError(
      `expectation ${expectation.id} waits for source ${expectation.source}, not for ${source.id}`,
      `Name its source: --source ${expectation.source}.`,
    )
  }
  if (expectation.callbackUrl !== null) return expectation.callbackUrl
  throw new UsageError(
    `expectation ${expectation.id} has no address for callbacks`,
    'Its source is only asked (`plan: poll`), or this key may only look; give a key of an operator or an app.',
  )
}

/** A good key of the right kind that is somebody else's. */
function strangersKey(verify: VerifyConfig): string | undefined {
  if (verify.scheme === 'none' || !('publicKeys' in verify)) return undefined
  const isEd25519 = schemeOf(verify).proof.kind === 'ed25519'
  const pair = isEd25519 ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function hintFor(verify: VerifyConfig): string {
  return 'publicKeys' in verify
    ? 'Make a pair of your own, put its public half beside the provider’s in `verify`, and give --private-key FILE.'
    : 'becket config shows how the source is verified, and where that was said.'
}
