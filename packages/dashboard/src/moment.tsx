/** A time, relative to now, with the absolute one for whoever rests the pointer on it or asks a screen reader. */
import { absoluteText, relativeText } from './time-text.ts'

export function Moment({ time, now }: { time: string | null; now: number }) {
  if (time === null) return <span className="faint">never</span>
  return (
    <time dateTime={time} title={absoluteText(time)}>
      {relativeText(time, now)}
    </time>
  )
}
