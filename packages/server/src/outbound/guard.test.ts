import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refuseAddress, refuseUrl } from './guard.ts'

const neverReached = [
  '0.0.0.0',
  '169.254.169.254',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '100.100.100.200',
  '168.63.129.16',
  '::',
  '::7f00:1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  '100::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::ffff:0:127.0.0.1',
  'rubbish',
  '',
]
const onlyWhenPrivate = [
  '127.0.0.1',
  '127.8.8.8',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd12::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
]
const publicAddresses = ['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8']

test.each(neverReached)('%j is reached by nobody', (address) => {
  expect(refuseAddress(address, false)).not.toBeNull()
  expect(refuseAddress(address, true)).not.toBeNull()
})

test.each(onlyWhenPrivate)('%s is reached only where private addresses may be', (address) => {
  expect(refuseAddress(address, false)).not.toBeNull()
  expect(refuseAddress(address, true)).toBeNull()
})

test.each(publicAddresses)('%s is public', (address) => {
  expect(refuseAddress(address, false)).toBeNull()
})

test.each(['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::ffff:127.0.0.1]', '[::1]', '①②⑦.0.0.1'])(
  'http://%s/ is loopback, however it is spelt',
  (host) => {
    expect(refuseUrl(new URL(`http://${host}/`), false)).toContain('not a public address')
  },
)

test.each(['ftp://example.org/', 'file:///etc/passwd', 'https://user:word@example.org/', 'data:text/plain,x'])(
  '%s is not requested',
  (url) => {
    expect(refuseUrl(new URL(url), true)).not.toBeNull()
  },
)

test('every address inside a private network is refused, also in its IPv6 dress', () => {
  const privateV4 = fc.oneof(
    fc.tuple(fc.constantFrom(10, 127, 0), fc.nat(255), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
    fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
  )
  fc.assert(
    fc.property(privateV4, fc.constantFrom('', '::ffff:', '::', '64:ff9b::'), (parts, dress) => {
      expect(refuseAddress(`${dress}${parts.join('.')}`, false)).not.toBeNull()
    }),
  )
})
