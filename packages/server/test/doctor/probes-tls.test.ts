/** How a database's TLS and certificate are judged, with certificates that are made here. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { above, climbOne, createProbeBench, failures, of } from './probes-bench.ts'
import { type MadeCertificate, makeCertificate } from './probes-certificate.ts'

const bench = createProbeBench()

test('a server without it is told where the URL demands it', async () => {
  const { url } = await bench.database()
  const ladder = await climbOne(`${url}?sslmode=verify-full`)
  expect(failures(ladder)).toEqual(['ssl request DB08'])
  expect(above(ladder, 'ssl request')).toEqual(['unknown'])
})

test('a certificate that is signed by itself stops a URL that verifies, and is told of one that does not', async () => {
  const port = await tlsServer(makeCertificate({ dns: 'localhost' }))
  const strict = await climbOne(`postgres://u:test-password@127.0.0.1:${port}/d?sslmode=verify-full`)
  const lenient = await climbOne(`postgres://u:test-password@127.0.0.1:${port}/d?sslmode=require`)
  expect(of(strict, 'certificate')).toMatchObject({
    status: 'fail',
    code: 'DB08',
    evidence: expect.stringMatching(/signed by itself/),
  })
  expect(of(strict, 'authenticate')).toMatchObject({ status: 'unknown' })
  expect(of(lenient, 'certificate')?.status).toBe('fail')
  // It was tried: this server has no PostgreSQL behind its TLS.
  expect(of(lenient, 'authenticate')).toMatchObject({ status: 'fail' })
})

test('a certificate for another host is told from one that nobody signed', async () => {
  const made = makeCertificate({ dns: 'elsewhere.example.org' })
  const port = await tlsServer(made)
  const ladder = await climbOne(
    `postgres://u:test-password@127.0.0.1:${port}/d?sslmode=verify-full&sslrootcert=${encodeURIComponent(await fileOf(made))}`,
  )
  expect(of(ladder, 'certificate')).toMatchObject({
    status: 'fail',
    evidence: expect.stringMatching(/another host.*elsewhere/),
  })
})

test('a certificate whose authority is given is trusted', async () => {
  const made = makeCertificate({ ip: [127, 0, 0, 1] })
  const port = await tlsServer(made)
  const ladder = await climbOne(
    `postgres://u:test-password@127.0.0.1:${port}/d?sslmode=verify-full&sslrootcert=${encodeURIComponent(await fileOf(made))}`,
  )
  expect(of(ladder, 'certificate')?.status).toBe('pass')
})

test('an expired certificate is told', async () => {
  const made = makeCertificate({ ip: [127, 0, 0, 1], validTo: new Date(Date.now() - 60_000) })
  const port = await tlsServer(made)
  const ladder = await climbOne(
    `postgres://u:test-password@127.0.0.1:${port}/d?sslmode=verify-full&sslrootcert=${encodeURIComponent(await fileOf(made))}`,
  )
  expect(of(ladder, 'certificate')?.evidence).toMatch(/expired/)
})

async function fileOf({ cert }: MadeCertificate): Promise<string> {
  const path = join(await bench.directory(), 'ca.pem')
  await writeFile(path, cert)
  return path
}

/** Offers TLS as PostgreSQL does, and hangs up on whoever speaks inside it. */
async function tlsServer({ key, cert }: MadeCertificate): Promise<number> {
  const secureContext = createSecureContext({ key, cert })
  return bench.listening((socket) => {
    socket.once('data', () => {
      socket.write('S')
      const secured = new TLSSocket(socket, { isServer: true, secureContext })
      secured.on('error', () => {})
      secured.on('data', () => secured.destroy())
    })
  })
}
