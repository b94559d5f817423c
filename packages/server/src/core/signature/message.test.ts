import { describe, expect, it } from 'vitest'
import { messagesOf } from './message.ts'
import type { SignedRequest } from './request.ts'
import { faultOfTemplate } from './template.ts'

const request: SignedRequest = {
  method: 'POST',
  url: "https://becket.example.org/proxied/in/x?a=%2Fb&c=d'e",
  headers: {},
  rawHeaders: [],
  body: Buffer.from('{}'),
}

function messageOf(
  template: string,
  values: Record<string, string> = {},
  changes: Partial<SignedRequest> = {},
): string {
  const messages = messagesOf([template], { ...request, ...changes }, values)
  return typeof messages === 'string' ? `refused: ${messages}` : Buffer.concat(messages[0] ?? []).toString()
}

describe('what was signed', () => {
  it.each([
    ['{body}', '{}'],
    ['{method} {path}', "POST /proxied/in/x?a=%2Fb&c=d'e"],
    ['{url}', "https://becket.example.org/proxied/in/x?a=%2Fb&c=d'e"],
    ['{urlDecoded}', "https://becket.example.org/proxied/in/x?a=/b&c=d'e"],
    ['{urlWithPort}', "https://becket.example.org:443/proxied/in/x?a=%2Fb&c=d'e"],
    ['{bodySha256}', '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'],
    ['v0:{timestamp}:{body}', 'v0:17:{}'],
    ['{header:x-id}\n{body}', 'msg.1\n{}'],
    ['{} {not a part} {body}', '{} {not a part} {}'],
  ])('is put together by the template %j', (template, message) => {
    expect(messageOf(template, { timestamp: '17', 'header:x-id': 'msg.1' })).toBe(message)
  })

  it.each([
    ['https://h:8443/p', 'https://h/p', 'https://h:8443/p'],
    ['http://h', 'http://h', 'http://h:80'],
    ['https://[::1]/p', 'https://[::1]/p', 'https://[::1]:443/p'],
    ['https://[::1]:8443?q=a:1', 'https://[::1]?q=a:1', 'https://[::1]:8443?q=a:1'],
    ['no URL', 'no URL', 'no URL'],
  ])('has the URL %s with and without its port', (url, without, withPort) => {
    expect(messageOf('{urlWithoutPort}', {}, { url })).toBe(without)
    expect(messageOf('{urlWithPort}', {}, { url })).toBe(withPort)
  })

  it('has the fields of a form sorted, each value once', () => {
    const form = { headers: { 'content-type': 'Application/X-WWW-Form-Urlencoded;charset=x' } }
    const body = Buffer.from('b=2&a=%C3%A9+1&b=1&b=2&c')
    expect(messageOf('{form}', {}, { ...form, body })).toBe('aé 1b1b2c')
    expect(messageOf('{form}', {}, { ...form, body: Buffer.alloc(0) })).toBe('')
  })

  it('is refused where nothing signs the body', () => {
    const sha256 = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    expect(messageOf('{form}')).toBe('refused: nothing signs the body: it is no form, and the URL has no bodySHA256')
    expect(messageOf('{form}', {}, { url: `https://h/?bodySHA256=${sha256.toUpperCase()}` })).toBe('')
    expect(messageOf('{form}', {}, { url: `https://h/?x=1&bodySHA256=${sha256.replace('4', '5')}` })).toBe(
      'refused: the body is not the one that bodySHA256 in the URL names',
    )
  })

  it.each([
    ['{id}.{timestamp}.{body}', { id: 'msg_1.16', timestamp: '17' }, 'the id ends like a timestamp'],
    ['{header:x-id}:{body}', { 'header:x-id': 'a:b' }, 'the x-id holds the mark that ends it'],
    ['{body}.{header:x-id}', { 'header:x-id': 'a.b' }, 'the x-id holds the mark that begins it'],
    ['{body}.{timestamp}.{header:x-id}', { timestamp: '17', 'header:x-id': 'a.b' }, undefined],
    ['{id}.{timestamp}.{body}', { id: 'evt.v1', timestamp: '17' }, undefined],
    ['v1:{header:x-id}', { 'header:x-id': 'v1:v1:' }, undefined],
  ])('by %j cannot be cut elsewhere: %j', (template, values, reason) => {
    const message = messageOf(template, values)
    if (reason === undefined) expect(message).not.toMatch(/^refused/)
    else expect(message).toBe(`refused: ${reason}`)
  })
})

describe('a template', () => {
  it.each([
    ['{body}', false, undefined],
    ['{timestamp}{body}', true, undefined],
    ['{method}{url}{bodySha256}', false, undefined],
    ['{header:x-a}.{body}', false, undefined],
    ['{boddy}', false, 'unknown-part'],
    ['{constructor}.{body}', false, 'unknown-part'],
    ['{timestamp}', true, 'no-body'],
    ['', false, 'no-body'],
    ['{body}', true, 'time-not-signed'],
    ['{timestamp}.{body}', false, 'time-nowhere'],
    ['{header:x-a}{body}', false, 'touching'],
    ['{body}{header:x-a}', false, 'touching'],
  ])('%j (with a time: %j) has the fault %j', (template, hasTime, fault) => {
    expect(faultOfTemplate(template, hasTime)?.kind).toBe(fault)
  })
})
