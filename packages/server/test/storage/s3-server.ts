/** A real S3 server with one bucket on a free port. It checks signatures unless told not to; its files go when it stops. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from '@20minutes/s3rver'

export interface S3Server {
  endpoint: string
  bucket: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  stop(): Promise<void>
}

export async function startS3Server(signatures: 'checked' | 'ignored' = 'checked'): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'becket-s3-'))
  const bucket = 'documents'
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    allowMismatchedSignatures: signatures === 'ignored',
    directory,
    configureBuckets: [{ name: bucket }],
  })
  refuseEmptyRanges(server)
  const { port } = await server.run()
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    region: 'us-east-1',
    // The one pair that this server knows.
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
    async stop() {
      await server.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** As every S3 does it: 416. This server promises one byte of an empty object, sends none, and breaks the connection. */
function refuseEmptyRanges({ store }: S3rver): void {
  const getObject = store.getObject.bind(store)
  store.getObject = async (bucket, key, options) => {
    const object = await getObject(bucket, key, options)
    if (object === null || object.size > 0 || object.range === undefined) return object
    object.content?.destroy()
    object.content = null
    return object
  }
}
