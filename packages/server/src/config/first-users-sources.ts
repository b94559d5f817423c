/**
 * What the first users' variables say about sources: the two that they create where the file names none, and the times
 * of their polling, which shape every operation that the file leaves open.
 */
import { ladder, type PollPlan } from '../core/poll-plan.ts'
import type { Variables } from './dotenv.ts'
import { type Draft, isMap } from './draft.ts'
import { type NameNote, originOfName } from './first-users.ts'
import { ladderWithInterval } from './plan.ts'
import type { Problem } from './problem.ts'
import { wholeNumber } from './scalar.ts'

interface DefaultSource {
  provider: string
  key: string
  url: string
  baseUrl: string
  paths: string[]
}

export const defaultSources: readonly DefaultSource[] = [
  {
    provider: 'llamaparse',
    key: 'LLAMAPARSE_API_KEY',
    url: 'LLAMAPARSE_BASE_URL',
    baseUrl: 'https://api.cloud.llamaindex.ai',
    paths: ['/webhook/llamaparse/{job_id}'],
  },
  { provider: 'openai', key: 'OPENAI_API_KEY', url: 'OPENAI_API_URL', baseUrl: 'https://api.openai.com', paths: [] },
]

export function addDefaultSources(variables: Variables, draft: Draft, providers: readonly string[]): NameNote[] {
  const sources = draft.get(['sources'])
  const named = isMap(sources) ? Object.entries(sources) : []
  return defaultSources.flatMap((wanted) => {
    // What the file puts in by `${NAME}` needs no word: it says so itself.
    const names = [wanted.key, wanted.url].filter((name) => variables.get(name) !== undefined && !draft.hasPutIn(name))
    const first = names[0]
    if (first === undefined) return []
    const note = (effect: string, isUsed = false) => names.map((name) => ({ name, effect, isUsed }))
    if (!providers.includes(wanted.provider)) return note(`not used: this build has no provider ${wanted.provider}`)
    const other = named.find(
      ([id, value]) => id === wanted.provider || (isMap(value) && value.provider === wanted.provider),
    )
    if (other !== undefined) {
      return names.map((name) => ({
        name,
        effect: `not used: the file configures sources.${other[0]}; put \${${name}} there`,
        isUsed: false,
      }))
    }
    const id = wanted.provider
    const put = (option: string, value: unknown, name: string) =>
      draft.set(['sources', id, option], value, originOfName(variables, name))
    put('provider', wanted.provider, first)
    if (wanted.paths.length > 0) put('paths', wanted.paths, first)
    put(
      'baseUrl',
      variables.get(wanted.url) ?? wanted.baseUrl,
      variables.get(wanted.url) === undefined ? first : wanted.url,
    )
    const key = variables.get(wanted.key)
    if (key !== undefined) put('apiKey', key, wanted.key)
    return note(`makes sources.${id}`, true)
  })
}

/** The times of the first users' polling, as far as they are set. */
export interface PollingTimes {
  expectWithin?: { value: number; name: string }
  deadline?: { value: number; name: string }
  plan?: { value: PollPlan; name: string }
}

export const pollingNames = {
  WEBHOOK_TIMEOUT_MINUTES: 'how long every operation may take before it is overdue, and the plan `ladder`',
  POLLING_INTERVAL_MINUTES: 'the interval of the first rung of the ladder',
  MAX_POLLING_AGE_HOURS: 'the deadline of every operation, and the plan `ladder`',
} as const

const MINUTE = 60_000
// A year of hours or minutes is past any deadline that means something.
const amount = wholeNumber(1, 8760)

export function readPollingTimes(variables: Variables): {
  times: PollingTimes
  notes: NameNote[]
  problems: Problem[]
} {
  const problems: Problem[] = []
  const notes: NameNote[] = []
  function read(name: keyof typeof pollingNames, unitMs: number): { value: number; name: string } | undefined {
    const value = variables.get(name)
    if (value === undefined) return undefined
    const result = amount.safeParse(value)
    if (!result.success) {
      const what = `expected a whole number from 1 to 8760, but was \`${value}\``
      problems.push({ where: name, what, origin: originOfName(variables, name) })
      return undefined
    }
    notes.push({ name, effect: `sets ${pollingNames[name]}, where the file says nothing else`, isUsed: true })
    return { value: result.data * unitMs, name }
  }
  const expectWithin = read('WEBHOOK_TIMEOUT_MINUTES', MINUTE)
  const interval = read('POLLING_INTERVAL_MINUTES', MINUTE)
  const deadline = read('MAX_POLLING_AGE_HOURS', 60 * MINUTE)
  const times: PollingTimes = {
    ...(expectWithin && { expectWithin }),
    ...(deadline && { deadline }),
    ...planOf(interval, expectWithin ?? deadline),
  }
  return { times, notes, problems }
}

/** Who sets any of these times has lived with the ladder, and keeps it. */
function planOf(
  interval: { value: number; name: string } | undefined,
  other: { name: string } | undefined,
): Pick<PollingTimes, 'plan'> {
  if (interval !== undefined) return { plan: { value: ladderWithInterval(interval.value), name: interval.name } }
  return other === undefined ? {} : { plan: { value: ladder, name: other.name } }
}
