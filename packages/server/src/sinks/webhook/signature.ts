/** Signs by Standard Webhooks what goes out to endpoints of users. What comes in is verified in `core/signature/`. */
import { signatureBy } from '../../core/signature/signer.ts'

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const PREFIX = 'whsec_'

/** After `whsec_` stands base64, as Standard Webhooks has it; of any other text its bytes are the key. */
export function isSigningSecret(secret: string): boolean {
  return secret !== '' && (!secret.startsWith(PREFIX) || BASE64.test(secret.slice(PREFIX.length)))
}

export interface SignedHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/** One signature by each secret, so that a receiver may change from one to the next whenever it likes. */
export function signDelivery(
  { id, atMs, body }: { id: string; atMs: number; body: Buffer },
  secrets: readonly string[],
): SignedHeaders {
  const timestamp = String(Math.floor(atMs / 1000))
  const message = [Buffer.from(`${id}.${timestamp}.`, 'utf8'), body]
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => `v1,${signatureOf(secret, message)}`).join(' '),
  }
}

function signatureOf(secret: string, message: readonly Buffer[]): string {
  const proof = { kind: 'hmac', hash: 'sha256' } as const
  const signature = signatureBy(secret.startsWith(PREFIX) ? { ...proof, key: 'base64' } : proof, secret, message)
  // The schema of the options takes no secret that cannot sign.
  if ('fault' in signature) throw new TypeError(signature.fault)
  return signature.bytes.toString('base64')
}
