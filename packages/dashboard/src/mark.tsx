/** A state by shape and word as well as by colour. */
import type { HealthStatus } from '@becket/client'
import type { Tone } from './recent-work.ts'

export function Mark({ tone, children }: { tone: Tone | 'unknown'; children: string }) {
  return (
    <span className={`mark ${tone}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        <Shape tone={tone} />
      </svg>
      {children}
    </span>
  )
}

/** Full, half, crossed, open: they differ in grey and in the smallest size. */
function Shape({ tone }: { tone: Tone | 'unknown' }) {
  switch (tone) {
    case 'good':
      return <circle cx="6" cy="6" r="5" className="fill" />
    case 'notable':
      return <path d="M6 1 11.5 11H.5Z" className="fill" />
    case 'bad':
      return <path d="M2 2l8 8M10 2l-8 8" className="line" />
    case 'busy':
      return (
        <>
          <circle cx="6" cy="6" r="4.5" className="ring" />
          <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" className="fill" />
        </>
      )
    case 'quiet':
      return <path d="M2 6h8" className="line" />
    case 'unknown':
      return <circle cx="6" cy="6" r="4.5" className="dashed" />
    default:
      return tone satisfies never
  }
}

const healthTones = { healthy: 'good', partial: 'notable', down: 'bad', unknown: 'unknown' } as const

/** What was healthy a while ago is not known to be healthy now: `isOld` says "was healthy" and looks unknown. */
export function HealthMark({ status, isOld }: { status: HealthStatus; isOld: boolean }) {
  if (isOld && status !== 'unknown') return <Mark tone="unknown">{`was ${status}`}</Mark>
  return <Mark tone={healthTones[status]}>{status}</Mark>
}
