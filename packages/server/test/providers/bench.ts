/** What tests of providers share: servers that say one thing, and a source wired to one of them. */
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach } from 'vitest'
import { createOutbound, type OutboundOptions } from '../../src/outbound/http.ts'
import type { Expected, Provider, ProviderSource, SubmitRequest } from '../../src/providers/provider.ts'

export interface Bench {
  /** A server on a free port; its multipart bodies come as bytes. */
  fake(route: (app: FastifyInstance) => void): Promise<{ app: FastifyInstance; baseUrl: string }>
  /** `options` as they would be written in the file. */
  source<Options>(provider: Provider<Options>, at: SourceAt): ProviderSource
  onEnd(close: () => Promise<unknown>): void
}

interface SourceAt extends Partial<OutboundOptions> {
  options?: Record<string, unknown>
  apiKey?: string
}

/** Call it once in a file: everything is closed after each test. */
export function createBench(): Bench {
  const closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  return {
    async fake(route) {
      const app = Fastify({ forceCloseConnections: true })
      app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
      route(app)
      closers.push(() => app.close())
      return { app, baseUrl: await app.listen({ host: '127.0.0.1', port: 0 }) }
    },
    source(provider, { options: written = {}, apiKey = 'test-key', ...outboundOptions }) {
      const options = provider.options.parse(written)
      const credentials = provider.credentials?.(apiKey, options) ?? {
        header: 'authorization',
        value: `Bearer ${apiKey}`,
      }
      const outbound = createOutbound({ source: provider.name, credentials, ...outboundOptions })
      closers.push(() => outbound.close())
      return provider.create({ id: provider.name, options, outbound })
    },
    onEnd: (close) => void closers.push(close),
  }
}

export const signal: AbortSignal = new AbortController().signal

/** Bytes that no text decoder leaves alone. */
export const pdf = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0xfe, 0x0d, 0x0a, 0x80])

export const parseRequest: SubmitRequest = {
  operation: 'parse',
  input: {},
  file: { content: pdf, filename: 'Größe "1".pdf', mime: 'application/pdf' },
  callbackUrl: 'http://127.0.0.1:9/in/llamaparse/t/token',
  key: 'doc_1',
  clientId: 'exp_1',
}

export const expected: Expected = {
  id: 'exp_1',
  operation: 'parse',
  key: 'doc_1',
  externalId: 'j1',
  artifactUrl: null,
  input: null,
  submittedAtMs: 0,
  artifactBefore: null,
}
