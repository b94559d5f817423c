/** Whether providers can be given this address at all, by what it says and by where its name leads. Pure. */
import { environmentsInHost, kindOfHost } from '../../core/doctor/host.ts'
import { refuseAddress } from '../../outbound/guard.ts'
import { fail, pass, type Seen } from './report.ts'

export interface CallbackPlace {
  url: URL
  environment: string
  /** What its name leads to. */
  addresses: readonly string[]
}

const REMEDY = 'Set `publicUrl` to the public https address of the instances that take callbacks, in this environment.'

export function judgeCallbackAddress({ url, environment, addresses }: CallbackPlace): Seen {
  const { host, hostname, protocol } = url
  // For trying out on one machine, whatever reaches that machine will do.
  const isDevelopment = environment === 'development'
  const wrong = wrongWith(hostname, protocol, environment, addresses)
  if (wrong === null) return pass(`${host} is public, and https`)
  return isDevelopment && wrong.isTolerable
    ? pass(`${host} ${wrong.what}: enough for development, and for nobody outside`)
    : fail('HK01', `${host} ${wrong.what}`, REMEDY)
}

function wrongWith(hostname: string, protocol: string, environment: string, addresses: readonly string[]) {
  const kind = kindOfHost(hostname)
  if (kind === 'loopback')
    return { what: 'is this machine’s own address: nobody outside can mean it', isTolerable: true }
  if (kind === 'private') return { what: 'is known in its own network only', isTolerable: true }
  const inside = addresses.find((address) => refuseAddress(address, false) !== null)
  if (addresses.length > 0 && addresses.every((address) => refuseAddress(address, false) !== null)) {
    return { what: `leads to ${inside}, which is no public address`, isTolerable: true }
  }
  if (kind === 'tunnel') {
    return { what: 'is a tunnel, which ends with the terminal that opened it', isTolerable: true }
  }
  if (protocol !== 'https:') return { what: 'is http, not https', isTolerable: true }
  const named = environmentsInHost(hostname)
  if (named.length === 0 || named.includes(environment)) return null
  return { what: `is a host of ${named[0]}, not of ${environment}`, isTolerable: false }
}
