/** Certificates for tests, signed by themselves: as X.509 lays them out, so that their times and names can be anything. */
import { generateKeyPairSync, sign } from 'node:crypto'

export interface MadeCertificate {
  /** PEM. */
  key: string
  cert: string
}

interface Wanted {
  dns?: string
  /** Four bytes. */
  ip?: readonly number[]
  /** Default: valid now. */
  validTo?: Date
}

const SEQUENCE = 0x30
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex')
const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const DAY = 86_400_000

export function makeCertificate({ dns, ip, validTo = new Date(Date.now() + DAY) }: Wanted): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
  const name = der(SEQUENCE, der(0x31, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from('test')))))
  const names = [
    ...(dns === undefined ? [] : [der(0x82, Buffer.from(dns))]),
    ...(ip === undefined ? [] : [der(0x87, Buffer.from(ip))]),
  ]
  const alternatives = der(SEQUENCE, SUBJECT_ALT_NAME, der(0x04, der(SEQUENCE, ...names)))
  const content = der(
    SEQUENCE,
    // Version 3, serial number 1.
    Buffer.from('a003020102020101', 'hex'),
    algorithm,
    name,
    der(SEQUENCE, time(new Date(validTo.getTime() - 2 * DAY)), time(validTo)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, alternatives)),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey))
  const base64 = der(SEQUENCE, content, algorithm, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

function time(at: Date): Buffer {
  const [year = '', rest = ''] = [at.toISOString().slice(2, 4), at.toISOString().slice(5, 19).replace(/[-:T]/g, '')]
  return der(0x17, Buffer.from(`${year}${rest}Z`))
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), body])
}
