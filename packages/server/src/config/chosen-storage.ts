/** The storage as chosen: what its kind needs, without what another kind would need; or what is wrong about it. */
import type { StorageConfig } from './config.ts'
import { type Draft, pathText } from './draft.ts'
import type { Problem } from './problem.ts'
import { s3BucketUrl } from './s3-bucket-url.ts'
import type { Options } from './schema.ts'

type StorageOptions = Options['storage']
type Kind = StorageOptions['kind']
type Name = Exclude<keyof StorageOptions, 'kind'>

const kindsUsing: Record<Name, readonly Kind[]> = {
  url: ['supabase'],
  serviceKey: ['supabase'],
  bucket: ['s3', 'supabase'],
  endpoint: ['s3'],
  region: ['s3'],
  accessKeyId: ['s3'],
  secretAccessKey: ['s3'],
  pathStyle: ['s3'],
}

/** What the other kind calls the same. */
const counterparts: Partial<Record<Name, Name>> = {
  url: 'endpoint',
  endpoint: 'url',
  serviceKey: 'secretAccessKey',
  secretAccessKey: 'serviceKey',
}

export function readStorage({ storage }: Options, draft: Draft): { storage: StorageConfig; problems: Problem[] } {
  const problems: Problem[] = []
  const complain = (name: Name, what: string, at: Name | null = name) => {
    const path = ['storage', name]
    problems.push({ where: pathText(path), what, origin: draft.originOf(at === null ? ['storage'] : path) })
  }
  const { kind, bucket = 'documents' } = storage

  for (const [name, kinds] of entriesOf(kindsUsing)) {
    if (storage[name] === undefined || kinds.includes(kind)) continue
    const counterpart = counterparts[name]
    const near =
      counterpart !== undefined && kindsUsing[counterpart].includes(kind)
        ? `did you mean \`storage.${counterpart}\`?`
        : 'set that, or remove this'
    complain(name, `is only used where \`storage.kind\` is ${kinds.join(' or ')}; ${near}`)
  }

  /** Empty where it is missing: then there is a problem, and nothing is started. */
  const needed = (name: Exclude<Name, 'pathStyle'>, why: string): string => {
    const value = storage[name]
    if (value === undefined) complain(name, `is missing: ${why}`, null)
    return value ?? ''
  }

  if (kind === 'fs') return { storage: { kind }, problems }
  if (kind === 'supabase') {
    const why = (variable: string) => `Supabase storage needs it; set it here or by ${variable}`
    const url = needed('url', why('SUPABASE_URL'))
    const serviceKey = needed('serviceKey', why('SUPABASE_SERVICE_ROLE_KEY'))
    return { storage: { kind, url, serviceKey, bucket }, problems }
  }

  const region = needed('region', 'requests to S3 are signed for a region; MinIO and Spaces take us-east-1')
  const accessKeyId = needed('accessKeyId', 'S3 storage needs it; set it here or by BECKET_STORAGE_ACCESS_KEY_ID')
  const secretAccessKey = needed(
    'secretAccessKey',
    'S3 storage needs it; set it here or by BECKET_STORAGE_SECRET_ACCESS_KEY',
  )
  const { endpoint, pathStyle } = storage
  // Without an endpoint, the region is the address.
  const address = region === '' && endpoint === undefined ? null : s3BucketUrl({ endpoint, region, bucket, pathStyle })
  if (address?.kind === 'refused') complain(address.option, address.what)
  const bucketUrl = address?.kind === 'found' ? address.url : ''
  return { storage: { kind, bucketUrl, region, accessKeyId, secretAccessKey }, problems }
}

function entriesOf(record: typeof kindsUsing): [Name, readonly Kind[]][] {
  // The record is exact: it has these names and no others.
  return Object.entries(record) as [Name, readonly Kind[]][]
}
