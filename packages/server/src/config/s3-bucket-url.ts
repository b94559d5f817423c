/**
 * The address below which a bucket's objects lie, from the endpoint as people write it: with or without the bucket in
 * its host, and in either style. Pure; whether the bucket is there, only the storage can say.
 */
import { isIP } from 'node:net'

export interface S3Place {
  /** Without a trailing slash. Absent: AWS in `region`. */
  endpoint?: string | undefined
  region: string
  bucket: string
  /** Whether the bucket stands in the path or in the host. Absent: as the endpoint's vendor wants it. */
  pathStyle?: boolean | undefined
}

export type S3BucketUrl =
  | { kind: 'found'; url: string }
  | { kind: 'refused'; option: 'endpoint' | 'pathStyle'; what: string }

// Vendors whose hosts tell for certain whether a bucket is among their words: a bucket may itself be called `s3` or `nyc3`.
const VENDORS = [
  /^(?:(?<bucket>.+)\.)?s3(?:[.-][a-z0-9-]+){0,3}\.amazonaws\.com(?:\.cn)?$/,
  /^(?:(?<bucket>.+)\.)?[a-z0-9]+\.digitaloceanspaces\.com$/,
]
// What may be a part of a host's name.
const HOST_WORDS = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/

export function s3BucketUrl({ endpoint: written, region, bucket, pathStyle }: S3Place): S3BucketUrl {
  const endpoint = written ?? awsEndpoint(region)
  const { protocol, hostname, host, pathname } = new URL(endpoint)
  const inPath = pathname.replace(/\/+$/, '')
  const refused = (option: 'endpoint' | 'pathStyle', what: string): S3BucketUrl => ({ kind: 'refused', option, what })

  if (hostname.endsWith('.supabase.co') && inPath === '') {
    return refused('endpoint', `lacks the path of the S3 route; did you mean \`${endpoint}/storage/v1/s3\`?`)
  }
  if (inPath.endsWith(`/${bucket}`) && !inPath.endsWith('/v1/s3')) {
    return refused('endpoint', `ends with the bucket, which is added by itself; leave \`/${bucket}\` out`)
  }

  const vendor = hostname.includes('.vpce.') ? undefined : VENDORS.find((pattern) => pattern.test(hostname))
  const inHost = vendor?.exec(hostname)?.groups?.bucket
  if (inHost !== undefined) {
    if (inHost === bucket) return { kind: 'found', url: endpoint }
    return refused(
      'endpoint',
      `is the address of \`${inHost}\`, but \`storage.bucket\` is \`${bucket}\`; make them agree`,
    )
  }

  // The certificate of a vendor's host covers one word before it: a bucket with dots in its name has more.
  const isInPath = pathStyle ?? (vendor === undefined || (protocol === 'https:' && bucket.includes('.')))
  if (isInPath) return { kind: 'found', url: `${endpoint}/${encodeURIComponent(bucket)}` }
  if (hostname.startsWith(`${bucket}.`) && vendor === undefined) return { kind: 'found', url: endpoint }
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
    return refused('pathStyle', 'is false, but an IP address cannot have the bucket before it; remove it')
  }
  if (!HOST_WORDS.test(bucket)) {
    return refused('pathStyle', `is false, but \`${bucket}\` cannot stand in a host's name; set it to true`)
  }
  return { kind: 'found', url: `${protocol}//${bucket}.${host}${inPath}` }
}

const awsEndpoint = (region: string) =>
  `https://s3.${encodeURIComponent(region)}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
