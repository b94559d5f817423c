/** One try with its time: rejects when that is over, or when everything stops; what was begun may end later, unheard. */
import { describeDuration } from '../core/duration.ts'
import { AppError } from '../core/error.ts'

export async function withinTime(
  limitMs: number,
  stopping: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  stopping.throwIfAborted()
  const controller = new AbortController()
  let finish = () => {}
  const over = new Promise<never>((_resolve, reject) => {
    const end = (reason: unknown) => {
      controller.abort(reason)
      reject(reason)
    }
    const late = () => end(new AppError('UNAVAILABLE', `no answer within ${describeDuration(limitMs)}`))
    const stop = () => end(stopping.reason)
    const timer = setTimeout(late, limitMs)
    stopping.addEventListener('abort', stop, { once: true })
    finish = () => {
      clearTimeout(timer)
      stopping.removeEventListener('abort', stop)
    }
  })
  try {
    // The loser of the race is heard by the race.
    await Promise.race([work(controller.signal), over])
  } finally {
    finish()
  }
}
