import { describe, expect, it } from 'vitest'
import { s3BucketUrl } from './s3-bucket-url.ts'

const SUPABASE = 'https://ref.storage.supabase.co/storage/v1/s3'

describe('the address of a bucket', () => {
  it.each<[string, string | undefined, string, boolean | undefined, string]>([
    ['AWS by its region', undefined, 'docs', undefined, 'https://docs.s3.eu-central-1.amazonaws.com'],
    ['AWS, path style', undefined, 'docs', true, 'https://s3.eu-central-1.amazonaws.com/docs'],
    ['AWS, a bucket with dots', undefined, 'a.docs', undefined, 'https://s3.eu-central-1.amazonaws.com/a.docs'],
    ['AWS by its endpoint', 'https://s3.amazonaws.com', 'docs', undefined, 'https://docs.s3.amazonaws.com'],
    ['AWS, old words', 'https://s3-eu-west-1.amazonaws.com', 's3', undefined, 'https://s3.s3-eu-west-1.amazonaws.com'],
    [
      'AWS with the bucket in its host',
      'https://docs.s3.eu-west-1.amazonaws.com',
      'docs',
      undefined,
      'https://docs.s3.eu-west-1.amazonaws.com',
    ],
    [
      'a private endpoint inside AWS',
      'https://bucket.vpce-1a.s3.us-east-1.vpce.amazonaws.com',
      'docs',
      undefined,
      'https://bucket.vpce-1a.s3.us-east-1.vpce.amazonaws.com/docs',
    ],
    ['Spaces', 'https://nyc3.digitaloceanspaces.com', 'docs', undefined, 'https://docs.nyc3.digitaloceanspaces.com'],
    [
      'Spaces with the bucket in its host, whatever the style',
      'https://docs.nyc3.digitaloceanspaces.com',
      'docs',
      true,
      'https://docs.nyc3.digitaloceanspaces.com',
    ],
    [
      'Spaces, a bucket called as its region',
      'https://nyc3.digitaloceanspaces.com',
      'nyc3',
      undefined,
      'https://nyc3.nyc3.digitaloceanspaces.com',
    ],
    ['Supabase', SUPABASE, 'docs', undefined, `${SUPABASE}/docs`],
    ['Supabase, a bucket called s3', SUPABASE, 's3', undefined, `${SUPABASE}/s3`],
    ['Supabase, a bucket with a space', SUPABASE, 'my docs', undefined, `${SUPABASE}/my%20docs`],
    ['MinIO', 'http://127.0.0.1:9000', 'docs', undefined, 'http://127.0.0.1:9000/docs'],
    ['MinIO, a bucket called as its host', 'https://minio.lan', 'minio', undefined, 'https://minio.lan/minio'],
    ['a host of its own', 'http://storage.lan:9000', 'docs', false, 'http://docs.storage.lan:9000'],
    ['a host that has the bucket', 'http://docs.storage.lan:9000', 'docs', false, 'http://docs.storage.lan:9000'],
  ])('%s', (_name, endpoint, bucket, pathStyle, url) => {
    expect(s3BucketUrl({ endpoint, region: 'eu-central-1', bucket, pathStyle })).toEqual({ kind: 'found', url })
  })

  it('in China has the ending that AWS has there', () => {
    expect(s3BucketUrl({ region: 'cn-north-1', bucket: 'docs' })).toMatchObject({
      url: 'https://docs.s3.cn-north-1.amazonaws.com.cn',
    })
  })

  it.each<[string, string, string, boolean | undefined, string, string]>([
    ['another bucket in the host', 'https://a.fra1.digitaloceanspaces.com', 'b', undefined, 'endpoint', '`a`'],
    ['the bucket in the path', 'http://127.0.0.1:9000/docs', 'docs', undefined, 'endpoint', 'leave `/docs` out'],
    ['Supabase without its route', 'https://r.supabase.co', 'docs', undefined, 'endpoint', '/storage/v1/s3`?'],
    ['a bucket before an IPv4 address', 'http://127.0.0.1:9000', 'docs', false, 'pathStyle', 'IP address'],
    ['a bucket before an IPv6 address', 'http://[::1]:9000', 'docs', false, 'pathStyle', 'IP address'],
    ['a bucket that no host can have', 'http://storage.lan', 'My_Docs', false, 'pathStyle', 'set it to true'],
  ])('refuses %s', (_name, endpoint, bucket, pathStyle, option, what) => {
    expect(s3BucketUrl({ endpoint, region: 'us-east-1', bucket, pathStyle })).toEqual({
      kind: 'refused',
      option,
      what: expect.stringContaining(what),
    })
  })
})
