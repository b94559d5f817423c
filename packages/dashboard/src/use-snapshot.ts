/** Asks every two seconds, never twice at once; not while paused, and not while nobody can see the page. */
import type { Becket } from '@becket/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Answer, askForSnapshot, type Snapshot } from './snapshot.ts'

const EVERY_MS = 2000

interface Seen {
  snapshot: Snapshot | null
  /** On the clock of `performance.now`. */
  answeredAt: number | null
  failure: { detail: string; hint: string } | null
}

export interface Watch extends Seen {
  isPaused: boolean
  togglePause(): void
}

export function useSnapshot(becket: Becket, onRefused: (detail: string) => void): Watch {
  const [watch, setWatch] = useState<Seen>({ snapshot: null, answeredAt: null, failure: null })
  const [isPaused, setPaused] = useState(false)
  const refuse = useRef(onRefused)
  refuse.current = onRefused

  useEffect(() => {
    if (isPaused) return
    let isOver = false
    let isAsking = false
    let timer: number | undefined

    async function round() {
      if (isAsking || isOver) return
      isAsking = true
      window.clearTimeout(timer)
      const answer = await askForSnapshot(becket)
      isAsking = false
      if (isOver) return
      if (answer.kind === 'refused') return refuse.current(answer.detail)
      setWatch((before) => next(before, answer))
      // A hidden page asks nothing; it asks as soon as it is seen again.
      if (!document.hidden) timer = window.setTimeout(round, EVERY_MS)
    }
    function onVisible() {
      if (!document.hidden) void round()
    }
    void round()
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      isOver = true
      window.clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [becket, isPaused])

  const togglePause = useCallback(() => setPaused((paused) => !paused), [])
  return { ...watch, isPaused, togglePause }
}

/** While the server is away the last picture stays, marked as old. */
function next(before: Seen, answer: Exclude<Answer, { kind: 'refused' }>): Seen {
  if (answer.kind === 'away') return { ...before, failure: { detail: answer.detail, hint: answer.hint } }
  return { snapshot: answer.snapshot, answeredAt: performance.now(), failure: null }
}
