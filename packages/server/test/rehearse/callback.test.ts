/** `becket rehearse callback` against a running server: what it sends, what it says of it, and what its exit code means. */
import { describe, expect, it } from 'vitest'
import { setup } from './callback-setup.ts'

const order = { source: 'orders', operation: 'place', key: 'o-1', externalId: 'order-1' }

describe('a rehearsed callback', () => {
  it('for an expectation is signed, taken, and settles it', async () => {
    const { becket, rehearsed } = await setup()
    const { id } = await becket.expect(order)
    const { code, answer } = await rehearsed('--source', 'orders', '--expectation', id)
    expect(answer).toMatchObject({
      ok: true,
      signedBy: 'standard-webhooks',
      answer: { status: 200 },
      callback: { verdict: 'verified', fate: 'matched' },
      expectation: { id, state: 'succeeded', settledBy: 'callback', relation: 'settled' },
    })
    expect(code).toBe(0)
  })

  it('never shows the token of the address that it went to', async () => {
    const { becket, rehearse } = await setup()
    const { id, callbackUrl } = await becket.expect(order)
    const { out } = await rehearse('--source', 'orders', '--expectation', id)
    expect(out).toContain('/in/orders/t/')
    expect(out).not.toContain(callbackUrl ?? 'nothing')
    expect(out).toContain('this callback settled it')
  })

  it('without an expectation matches nothing, and says so', async () => {
    const { rehearse } = await setup()
    const { code, out } = await rehearse('--source', 'github')
    expect(out).toMatch(/signed +by github\nanswer +200 /)
    expect(out).toContain('nothing waits for the work that it speaks of')
    expect(code).toBe(0)
  })

  it('with a body, a header and a path of its own says what it was given', async () => {
    const { becket, rehearsed, write } = await setup()
    const { id } = await becket.expect({ ...order, externalId: undefined })
    await write('body.json', '{"status":"failed"}')
    const words = ['--path', '/hooks/orders/o-1?operation=place', '--file', 'body.json', '--header', 'X-Try: 1']
    const { answer } = await rehearsed('--source', 'orders', ...words)
    expect(answer).toMatchObject({ ok: true, expectation: { id, state: 'failed' } })
    const { items } = await becket.callbacks.list()
    const callback = await becket.callbacks.get(items[0]?.id ?? '')
    expect(callback.body).toBe('{"status":"failed"}')
    expect(callback.headers).toContainEqual(['x-try', '1'])
  })

  it("is made up by the provider, also by one in a module of the user's own", async () => {
    const { becket, rehearsed } = await setup()
    const { id } = await becket.expect({ source: 'own', operation: 'work', key: 'w-1', externalId: 'w-1' })
    const { answer } = await rehearsed('--source', 'own', '--expectation', id)
    expect(answer).toMatchObject({ ok: true, callback: { verdict: 'token' }, expectation: { state: 'succeeded' } })
  })

  it('that no adapter can read is quarantined, and counts as failed', async () => {
    const { rehearsed, write } = await setup()
    await write('body.json', '{"state":"done"}')
    const { code, answer } = await rehearsed('--source', 'open', '--file', 'body.json')
    expect(answer).toMatchObject({ ok: false, callback: { verdict: 'unsigned', fate: 'quarantined' } })
    expect(code).toBe(1)
  })

  it('with a wrong secret or a signature too old is refused, which is what it is for', async () => {
    const { rehearsed } = await setup()
    const wrong = await rehearsed('--source', 'github', '--wrong-secret')
    expect(wrong.answer).toMatchObject({
      ok: true,
      answer: { status: 401 },
      callback: { fate: 'refused', verdictReason: 'the signature fits no secret of the source' },
    })
    const stale = await rehearsed('--source', 'orders', '--stale')
    expect(stale.answer).toMatchObject({ ok: true, answer: { status: 401 }, callback: { fate: 'refused' } })
    expect([wrong.code, stale.code]).toEqual([0, 0])
  })

  it('that is refused although it was signed in earnest is a failure: the secrets differ', async () => {
    const read = { externalId: '/id', status: '/status', succeeded: ['done'] }
    const github = { provider: 'http', verify: { scheme: 'github', secret: 'other-key' }, read }
    const { rehearse } = await setup({ here: { sources: { github } } })
    const { code, out } = await rehearse('--source', 'github')
    expect(code).toBe(1)
    expect(out).toContain('401')
    expect(out).toContain('the signature fits no secret of the source')
  })
})

describe('rehearsing a callback is refused', () => {
  it('in production, unless that is meant', async () => {
    const { becket, rehearse } = await setup({ environment: 'production' })
    const { code, err } = await rehearse('--source', 'github')
    expect(code).toBe(78)
    expect(err).toContain('--yes-production')
    expect((await becket.callbacks.list()).items).toEqual([])
    expect((await rehearse('--source', 'github', '--yes-production')).code).toBe(0)
  })

  it('where the server is in production and this machine’s configuration is not', async () => {
    const { rehearse } = await setup({ environment: 'production', here: { environment: 'staging' } })
    const { code, err } = await rehearse('--source', 'github')
    expect(code).toBe(78)
    expect(err).toContain('the environment of the server is `production`')
  })

  it.each([
    [['--source', 'gitub'], 'Did you mean github?'],
    [['--source', 'open', '--wrong-secret'], 'demands no signature'],
    [['--source', 'github', '--stale'], 'never gets too old'],
    [['--source', 'github', '--path', 'hooks'], 'Write a path from its slash on'],
    [['--source', 'github', '--path', '/x', '--expectation', 'exp_1'], 'either to --expectation or to --path'],
    [['--source', 'github', '--header', 'secret'], '--header is not a name and a value'],
    [['--source', 'github', '--timeout', 'soon'], '--timeout does not take "soon"'],
  ])('with flags that cannot work: %j', async (words, said) => {
    const { rehearse } = await setup()
    const { code, err } = await rehearse(...words)
    expect(err).toContain(said)
    expect(code).toBe(2)
  })
})
