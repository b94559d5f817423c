/** Attachments of the Airtable stand-in: written as an address, filled later, or never. */
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { setUpAirtable } from './fixtures/airtable-bundle.ts'

const BYTES = Buffer.from('a video')

async function startFiles() {
  const server = createServer((request, response) => {
    const isThere = request.url === '/v.mp4'
    response.writeHead(isThere ? 200 : 404, { 'content-type': 'video/mp4' }).end(isThere ? BYTES : '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the files have no port')
  return (name: string) => `http://127.0.0.1:${address.port}/${name}`
}

test('an attachment has only its address at first, and later its size, type and another address', async () => {
  const files = await startFiles()
  let nowMs = 1_000_000
  const { create, list, ledger } = await setUpAirtable({ now: () => nowMs })
  const created = await create({ Video: [{ url: files('v.mp4') }] })
  expect(created.body.records?.[0]?.fields.Video).toEqual([{ id: expect.any(String), url: files('v.mp4') }])
  await ledger.waitFor('attachment', ({ outcome }) => outcome === 'fetched')
  const [video] = [(await list()).body.records?.[0]?.fields.Video].flat()
  expect(video).toMatchObject({ filename: 'v.mp4', size: BYTES.length, type: 'video/mp4' })
  const url = Object(video).url
  expect(url).not.toBe(files('v.mp4'))
  expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(BYTES)
  nowMs += 7_200_000
  expect((await fetch(url)).status).toBe(410)
})

test('an address that is dead, or that may not be asked, stays as it was written', async () => {
  const files = await startFiles()
  const { create, list, ledger } = await setUpAirtable()
  await create({ Video: [{ url: files('gone.mp4') }, { url: 'http://192.0.2.1/v.mp4' }] })
  const dead = await ledger.waitFor('attachment', ({ outcome }) => outcome === 'dead')
  expect(dead).toMatchObject({ why: 'answered 404', bytes: null })
  await ledger.waitFor('attachment', ({ outcome }) => outcome === 'refused')
  expect((await list()).body.records?.[0]?.fields.Video).toMatchObject([
    { url: files('gone.mp4') },
    { url: 'http://192.0.2.1/v.mp4' },
  ])
  expect(ledger.summary().tables).toMatchObject({ attachmentsFetched: 0, attachmentsDead: 2 })
})

test('deadAttachment: a good address is never fetched; slowAttachment: it is, later', async () => {
  const files = await startFiles()
  const dead = await setUpAirtable({ faults: { deadAttachment: 1 } })
  await dead.create({ Video: [{ url: files('v.mp4') }] })
  await dead.ledger.waitFor('attachment', ({ outcome, why }) => outcome === 'dead' && why === 'fault')
  const slow = await setUpAirtable({ faults: { slowAttachment: { by: 3_600_000 } } })
  await slow.create({ Video: [{ url: files('v.mp4') }] })
  // 3.6 s at this pace: the stand-in stops before, and takes it along.
  await slow.ledger.waitFor('fault', ({ fault }) => fault === 'slowAttachment')
  expect(slow.ledger.entries('attachment').map(({ outcome }) => outcome)).toEqual(['written'])
})

test('an attachment is kept by its id, and dropped by leaving it out', async () => {
  const files = await startFiles()
  const { create, call, ledger } = await setUpAirtable()
  const { body } = await create({ Video: [{ url: files('v.mp4'), filename: 'one.mp4' }] })
  const [record] = body.records ?? []
  await ledger.waitFor('attachment', ({ outcome }) => outcome === 'fetched')
  const [{ id: kept }] = Object(record?.fields.Video)
  const path = `app1/Videos/${record?.id}`
  const both = await call('PATCH', path, { fields: { Video: [{ id: kept }, { url: files('v.mp4') }] } })
  expect(both.body.fields?.Video).toMatchObject([{ id: kept, filename: 'one.mp4', size: 7 }, { url: files('v.mp4') }])
  expect((await call('PATCH', path, { fields: { Video: [{ id: 'att0' }] } })).status).toBe(422)
  expect((await call('PATCH', path, { fields: { Video: null } })).body.fields).toEqual({})
})

test('bytes can be uploaded, up to 5 MB', async () => {
  const { create, call } = await setUpAirtable()
  const id = (await create({})).body.records?.[0]?.id
  const upload = (bytes: Buffer, field = 'Video') =>
    call('POST', `app1/${id}/${field}/uploadAttachment`, {
      contentType: 'video/mp4',
      file: bytes.toString('base64'),
      filename: 'v.mp4',
    })
  expect((await upload(BYTES)).body.fields?.Video).toMatchObject([{ filename: 'v.mp4', size: 7, type: 'video/mp4' }])
  expect((await upload(Buffer.alloc(5 * 1024 * 1024 + 1))).status).toBe(413)
  expect((await upload(BYTES, 'Order')).status).toBe(422)
  expect((await call('POST', 'app1/rec00000000000000/Video/uploadAttachment', {})).status).toBe(404)
})
