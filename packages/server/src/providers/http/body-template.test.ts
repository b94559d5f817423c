import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SubmitRequest } from '../provider.ts'
import { faultsOfBody, fillBody } from './body-template.ts'
import { httpOptions, originsOf } from './options.ts'

const request: SubmitRequest = {
  operation: 'render',
  input: { path: '/a b', width: 640, tags: ['x', 'y'], nested: { on: false } },
  callbackUrl: 'https://becket.example.org/in/orders/t/token',
  key: 'order 7',
  clientId: 'exp_1',
}
const fill = (body: unknown, change: Partial<SubmitRequest> = {}) => fillBody(body, { ...request, ...change })

describe('a body', () => {
  test('keeps the JSON type of what a whole text stands for', () => {
    const body = {
      width: '{input:/width}',
      all: '{input}',
      list: ['{input:/tags}', '{input:/nested/on}', 3, true],
    }
    expect(fill(body)).toEqual({
      kind: 'value',
      value: { width: 640, all: request.input, list: [['x', 'y'], false, 3, true] },
    })
  })

  test('puts texts, numbers and truths into a longer text', () => {
    expect(fill('{operation} {key} at {input:/width}, {input:/nested/on}: {clientId}')).toEqual({
      kind: 'value',
      value: 'render order 7 at 640, false: exp_1',
    })
  })

  test('leaves braces alone that are no placeholder, and takes doubled ones as single ones', () => {
    expect(fill('query { user { id } } {} {{key}}')).toEqual({ kind: 'value', value: 'query { user { id } } {} {key}' })
  })

  test('leaves out what may be missing, and the address where nobody can be called back', () => {
    const body = { voice: '{input:/voice?}', to: '{callbackUrl}', list: ['{input:/none?}', 1], text: 'a{input:/no?}b' }
    expect(fill(body, { callbackUrl: undefined })).toEqual({ kind: 'value', value: { list: [1], text: 'ab' } })
  })

  test.each<[unknown, RegExp]>([
    [{ a: '{input:/none}' }, /nothing that fits is at \/none/],
    ['is {input:/tags}', /at \/tags/],
    [['to {callbackUrl}'], /\{callbackUrl\}/],
  ])('%j lacks what the request does not have', (body, reason) => {
    expect(fill(body, { callbackUrl: undefined })).toEqual({ kind: 'lacking', reason: expect.stringMatching(reason) })
  })

  test('without placeholders is sent as it is written, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const text = JSON.stringify(body)
        fc.pre(!text.includes('{{') && !/\{[A-Za-z]/.test(text))
        expect(faultsOfBody(body)).toEqual([])
        expect(fill(body)).toEqual({ kind: 'value', value: body })
      }),
    )
  })
})

describe('a submit that cannot work is told before the first one', () => {
  const faults = (submit: object, more: object = {}) => {
    const read = httpOptions.safeParse({
      read: { output: '/o' },
      submit: { url: '/x', externalId: '/id', ...submit },
      ...more,
    })
    return read.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
  }

  test.each<[object, RegExp]>([
    [{ body: { to: '{callbackURL}' } }, /^submit\.body\.to: \{callbackUrl\} in place of \{callbackURL\}/],
    [{ body: ['{input:path}'] }, /^submit\.body\.0: a JSON pointer such as \{input:\/path\}/],
    [{ body: ['{key:/path}'] }, /only the input has parts/],
    [{ body: { to: { callbackUrl: undefined } } }, /^submit\.body\.to: quotes around it: '\{callbackUrl\}'/],
    [{ headers: { 'x-to': '{nobody}' } }, /^submit\.headers\.x-to/],
    [{ url: 'https://{key}.example.org/' }, /^submit\.url: .*host written out/],
    [{ url: '/x/{externalId}' }, /in place of \{externalId\}/],
    [{ externalId: undefined, body: { a: '{key}' } }, /^submit\.externalId: .*finds its way back/],
    [{ accepted: [404] }, /^submit\.accepted\.0: a status from 200 to 299/],
    [{ status: '/s' }, /^submit\.succeeded: /],
    [{ failed: ['no'] }, /^submit\.status: /],
    [{ method: 'GET' }, /^submit\.method/],
  ])('%j', (submit, fault) => {
    expect(faults(submit)).toEqual([expect.stringMatching(fault)])
  })

  test('one of an operation is judged as well', () => {
    expect(faults({}, { submits: { render: { url: 'x', externalId: '/id' } } })).toEqual([
      expect.stringMatching(/^submits\.render\.url: /),
    ])
  })

  test('and its addresses may be called, since the file names them', () => {
    const submits = { render: { url: 'https://render.example.org/x', externalId: '/id' } }
    expect(originsOf(httpOptions.parse({ read: { output: '/o' }, submits }))).toEqual(['https://render.example.org'])
  })
})
