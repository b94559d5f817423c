/** The services that the former order called, called as it did: one try each, no limits, no proof of what came back. */
import type { RehearsalAddresses } from '@becket/rehearsal'

export interface FormerServices {
  upload(path: string, content: Buffer, contentType: string): Promise<void>
  exists(path: string): Promise<boolean>
  read(path: string): Promise<Buffer>
  /** The parser's own id is not kept, as it was not: without the callback, nothing ends. */
  parse(filename: string, content: Buffer, webhookUrl: string): Promise<void>
  embed(texts: readonly string[]): Promise<number[][]>
}

export interface FormerServicesOptions {
  standIns: RehearsalAddresses
  model: string
  dimensions: number
}

export function createFormerServices({ standIns, model, dimensions }: FormerServicesOptions): FormerServices {
  const { storage, llamaparse, openai } = standIns
  const objects = `${storage.baseUrl}/storage/v1/object`
  const bearer = (apiKey: string) => ({ authorization: `Bearer ${apiKey}` })

  async function ask(what: string, url: string, request: RequestInit): Promise<Response> {
    const response = await fetch(url, request)
    if (response.ok) return response
    await response.arrayBuffer()
    throw new Error(`${what} was answered with HTTP ${response.status}`)
  }

  return {
    async upload(path, content, contentType) {
      const headers = { ...bearer(storage.apiKey), 'content-type': contentType, 'x-upsert': 'true' }
      const body = new Uint8Array(content)
      await (await ask('the upload', `${objects}/${storage.bucket}/${path}`, { method: 'POST', headers, body })).text()
    },

    async exists(path) {
      const request = { method: 'HEAD', headers: bearer(storage.apiKey) }
      return (await fetch(`${objects}/authenticated/${storage.bucket}/${path}`, request)).ok
    },

    async read(path) {
      const request = { headers: bearer(storage.apiKey) }
      const response = await ask('the read', `${objects}/authenticated/${storage.bucket}/${path}`, request)
      return Buffer.from(await response.arrayBuffer())
    },

    async parse(filename, content, webhookUrl) {
      const body = new FormData()
      body.set('webhook_url', webhookUrl)
      body.set('file', new Blob([new Uint8Array(content)], { type: 'application/pdf' }), filename)
      const request = { method: 'POST', headers: bearer(llamaparse.apiKey), body }
      await (await ask('the parser', `${llamaparse.baseUrl}/api/v1/parsing/upload`, request)).text()
    },

    async embed(texts) {
      const headers = { ...bearer(openai.apiKey), 'content-type': 'application/json' }
      const body = JSON.stringify({ model, dimensions, input: texts })
      const response = await ask('the embedding', `${openai.baseUrl}/v1/embeddings`, { method: 'POST', headers, body })
      return vectorsOf(await response.json())
    },
  }
}

function vectorsOf(answer: unknown): number[][] {
  const data = fieldOf(answer, 'data')
  if (!Array.isArray(data)) throw new Error('the embedding was answered without vectors')
  return data.map((item) => {
    const vector = fieldOf(item, 'embedding')
    if (!Array.isArray(vector)) throw new Error('the embedding was answered without a vector')
    return vector.map(Number)
  })
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined
}
