import { createHash } from 'node:crypto'
import { resultSchema } from '@becket/client/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutbound, type HttpOutbound } from '../../src/outbound/http.ts'
import { s3Sink } from '../../src/sinks/s3/s3.ts'
import { createS3Storage } from '../../src/storage/s3.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createWire } from '../outbound/wire.ts'
import { type S3Server, startS3Server } from '../storage/s3-server.ts'
import { deliveryOf, openSink, resultWith } from './bench.ts'

const wire = createWire()

describe('a bucket that gets results', () => {
  let server: S3Server
  let outbound: HttpOutbound
  let bucket: Storage
  beforeAll(async () => {
    server = await startS3Server()
    outbound = createOutbound({ source: 'test', baseUrl: server.endpoint })
    bucket = createS3Storage({ ...server, bucketUrl: `${server.endpoint}/${server.bucket}`, outbound })
  })
  afterAll(async () => {
    await outbound.close()
    await server.stop()
  })

  function open(more: object = {}) {
    const { endpoint, bucket: name, region, accessKeyId, secretAccessKey } = server
    const options = { endpoint, bucket: name, region, accessKeyId, secretAccessKey, prefix: 'results/', ...more }
    const sink = openSink(s3Sink, options)
    wire.onEnd(sink.close)
    return sink
  }

  const textAt = async (key: string) => {
    const answer = await bucket.get(key)
    return answer.kind === 'found' ? answer.bytes.toString('utf8') : answer.kind
  }

  it('has each as JSON, by what made it, the caller’s key and the id', async () => {
    const result = resultWith({ id: 'job_a' })
    expect(await open().deliver([deliveryOf(result)])).toEqual([
      { kind: 'delivered', receipt: { object: 'results/document/order-7/job_a.json', files: [] } },
    ])
    const written: unknown = JSON.parse(await textAt('results/document/order-7/job_a.json'))
    expect(resultSchema.parse(written)).toEqual(result)
    expect(written).toEqual(result)
  })

  it('has that of an expectation by its source, and keys of any words by what can stand in a name', async () => {
    const key = 'Rechnung/März 2026 №7'
    const result = resultWith({ type: 'expectation.succeeded', id: 'exp_a', pipeline: null, source: 'orders', key })
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 12)
    const [answer] = await open().deliver([deliveryOf(result)])
    expect(answer).toMatchObject({ receipt: { object: `results/orders/Rechnung-M-rz-2026-7-${hash}/exp_a.json` } })
  })

  it('has the files of a video and the text of a document beside it, byte for byte', async () => {
    const sink = open()
    const film = Buffer.alloc(300_000, 'film')
    sink.objects.set('videos/job_b/final.mp4', film)
    sink.objects.set('other/final.mp4', Buffer.from('second'))
    sink.objects.set('parsed/doc.md', Buffer.from('# text'))
    const files = [
      { key: 'videos/job_b/final.mp4', contentType: 'video/mp4' },
      { key: 'other/final.mp4', contentType: 'video/mp4' },
    ]
    const result = resultWith({ id: 'job_b', pipeline: 'video', output: { files, parsed: { path: 'parsed/doc.md' } } })
    const folder = 'results/video/order-7/job_b'
    const names = ['final.mp4', '2-final.mp4', 'doc.md'].map((name) => `${folder}/${name}`)
    expect(await sink.deliver([deliveryOf(result)])).toEqual([
      { kind: 'delivered', receipt: { object: `${folder}.json`, files: names } },
    ])
    const copy = await bucket.get(`${folder}/final.mp4`)
    expect(copy.kind === 'found' && copy.bytes.equals(film)).toBe(true)
    expect(await textAt(`${folder}/2-final.mp4`)).toBe('second')
    expect(await textAt(`${folder}/doc.md`)).toBe('# text')
    const head = await fetch(`${server.endpoint}/${server.bucket}/${folder}/final.mp4`, { method: 'HEAD' })
    expect(head.headers.get('content-type')).toBe('video/mp4')
  })

  it('has no files where they are not wanted, and no result of a type that is not', async () => {
    const result = resultWith({ id: 'job_c', output: { files: [{ key: 'videos/not-there.mp4' }] } })
    expect(await open({ files: false }).deliver([deliveryOf(result)])).toMatchObject([{ receipt: { files: [] } }])
    const answers = await open({ types: ['job.deadletter'] }).deliver([deliveryOf(result)])
    expect(answers).toEqual([{ kind: 'delivered', receipt: { skipped: true } }])
  })

  it('has a repeated result once, as it was told last', async () => {
    const name = 'results/document/order-7/job_d.json'
    await open().deliver([deliveryOf(resultWith({ id: 'job_d', status: 'failed_parse' }))])
    await open().deliver([deliveryOf(resultWith({ id: 'job_d', status: 'complete' }))])
    expect(JSON.parse(await textAt(name))).toMatchObject({ status: 'complete' })
  })

  it('has no result whose file is gone: that is final, and says what to do', async () => {
    const result = resultWith({ id: 'job_e', output: { files: [{ key: 'videos/gone.mp4' }] } })
    const [answer] = await open().deliver([deliveryOf(result)])
    const message = expect.stringMatching(/^videos\/gone\.mp4 is not in our storage any more.*files: false/)
    expect(answer).toEqual({ kind: 'rejected', error: { code: 'FILE_MISSING', message, retryable: false } })
    expect(await textAt('results/document/order-7/job_e.json')).toBe('missing')
  })

  it('that is not there is a fault of the sink', async () => {
    const answers = await open({ bucket: 'nowhere' }).deliver([deliveryOf(resultWith())])
    expect(answers).toMatchObject([{ kind: 'retry', error: { code: 'BUCKET_UNAVAILABLE' }, isFault: true }])
  })

  it('that refuses the keys says which to check, and not what they are', async () => {
    const [answer] = await open({ secretAccessKey: 'wrong-secret' }).deliver([deliveryOf(resultWith())])
    const message = expect.stringContaining('check the keys under `sinks.mine`')
    expect(answer).toEqual({ kind: 'retry', error: { code: 'BUCKET_FORBIDDEN', message, retryable: true } })
    expect(JSON.stringify(answer)).not.toContain('wrong-secret')
  })

  it('that tells another size than was written is not believed', async () => {
    const { origin } = await wire.serve((request, response) => {
      request
        .resume()
        .on('end', () => response.writeHead(200, request.method === 'HEAD' ? { 'content-length': '7' } : {}).end())
    })
    const answers = await open({ endpoint: origin }).deliver([deliveryOf(resultWith())])
    expect(answers).toMatchObject([{ kind: 'retry', error: { code: 'SIZE_WRONG' }, isFault: true }])
  })
})

describe('the options of an s3 sink', () => {
  const base = { bucket: 'results', region: 'us-east-1', accessKeyId: 'test-key', secretAccessKey: 'test-key' }

  it.each<[string, object]>([
    ['prefix', { prefix: '/results/' }],
    ['prefix', { prefix: '../' }],
    ['endpoint', { endpoint: 'https://other.nyc3.digitaloceanspaces.com' }],
    ['region', { region: '' }],
  ])('refuse a wrong %s', (path, more) => {
    const read = s3Sink.options.safeParse({ ...base, ...more })
    expect(read.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
    expect(read.error?.issues[0]?.message).not.toContain('storage.')
  })

  it('show where it leads', () => {
    const options = s3Sink.options.parse({ ...base, prefix: 'becket/' })
    expect(s3Sink.destination(options, null)).toBe('https://results.s3.us-east-1.amazonaws.com/becket/')
  })
})
