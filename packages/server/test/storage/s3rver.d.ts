/** What we use of a package that has no types of its own. */
declare module '@20minutes/s3rver' {
  import type { AddressInfo } from 'node:net'
  import type { Readable } from 'node:stream'

  export interface StoredObject {
    size: number
    content: Readable | null
    range?: { start: number; end: number }
  }

  export default class S3rver {
    constructor(options: {
      address: string
      port: number
      silent: boolean
      directory: string
      allowMismatchedSignatures: boolean
      configureBuckets: { name: string }[]
    })
    store: {
      getObject(bucket: string, key: string, options?: { start?: number; end?: number }): Promise<StoredObject | null>
    }
    run(): Promise<AddressInfo>
    close(): Promise<void>
  }
}
