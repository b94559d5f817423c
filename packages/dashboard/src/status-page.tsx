/** The page: what is known now, how fresh it is, and the ways to pause and to leave. */
import type { Becket, Health } from '@becket/client'
import { useEffect, useState } from 'react'
import { type Freshness, freshnessOf } from './freshness.ts'
import { HealthMark, Mark } from './mark.tsx'
import { BreakersPanel } from './panels/breakers-panel.tsx'
import { CallbacksPanel } from './panels/callbacks-panel.tsx'
import { ExpectationsPanel } from './panels/expectations-panel.tsx'
import { HealthPanel } from './panels/health-panel.tsx'
import { InstancesPanel } from './panels/instances-panel.tsx'
import { LanesPanel } from './panels/lanes-panel.tsx'
import { WorkPanel } from './panels/work-panel.tsx'
import type { ServerClock } from './server-clock.ts'
import { durationText } from './time-text.ts'
import { useSnapshot, type Watch } from './use-snapshot.ts'

interface StatusPageProps {
  becket: Becket
  server: ServerClock
  onRefused: (detail: string) => void
  onLeave: () => void
}

export function StatusPage({ becket, server, onRefused, onLeave }: StatusPageProps) {
  const watch = useSnapshot(becket, onRefused)
  const clock = useClock(server)
  usePauseKey(watch.togglePause)

  const freshness = freshnessOf(
    { answeredAt: watch.answeredAt, isFailing: watch.failure !== null, isPaused: watch.isPaused },
    clock.steady,
  )
  const { snapshot } = watch
  const isOld = freshness === 'away' || freshness === 'stale'
  const health = snapshot?.health.kind === 'known' ? snapshot.health.value : null
  return (
    <>
      <header className="top">
        <h1>Becket</h1>
        <Headline health={health} isOld={isOld} />
        <div className="actions">
          <span className="faint" aria-live="polite">
            {freshness === 'paused' ? 'paused' : freshness === 'live' ? 'every 2 s' : ''}
          </span>
          <button type="button" onClick={watch.togglePause} aria-pressed={watch.isPaused} title="Key: .">
            {watch.isPaused ? 'Go on' : 'Pause'}
          </button>
          <button type="button" onClick={onLeave}>
            Forget key
          </button>
        </div>
      </header>
      <Banner freshness={freshness} watch={watch} now={clock.steady} />
      <main className={isOld ? 'old' : undefined} aria-busy={freshness === 'connecting'}>
        <HealthPanel section={snapshot?.health ?? null} isOld={isOld} />
        <div className="pair">
          <LanesPanel section={snapshot?.health ?? null} />
          <BreakersPanel section={snapshot?.health ?? null} now={clock.wall} />
        </div>
        <ExpectationsPanel section={snapshot?.expectations ?? null} now={clock.wall} />
        <WorkPanel documents={snapshot?.documents ?? null} jobs={snapshot?.jobs ?? null} now={clock.wall} />
        <CallbacksPanel section={snapshot?.callbacks ?? null} now={clock.wall} />
        <InstancesPanel section={snapshot?.health ?? null} now={clock.wall} isOld={isOld} />
      </main>
      <footer>
        This is the status page. It only shows; the screens to search, to look into one document and to act come later.
        Until then <code>becket --help</code> lists what the command line can do.
      </footer>
    </>
  )
}

function Headline({ health, isOld }: { health: Health | null; isOld: boolean }) {
  return (
    <p className="headline">
      <HealthMark status={health?.status ?? 'unknown'} isOld={isOld} />
      {health === null ? null : (
        <>
          <span className={`environment ${health.environment}`}>{health.environment}</span>
          <span className="faint">release {health.release}</span>
        </>
      )}
    </p>
  )
}

function Banner({ freshness, watch, now }: { freshness: Freshness; watch: Watch; now: number }) {
  const age = watch.answeredAt === null ? null : durationText(now - watch.answeredAt)
  const shown = age === null ? '' : ` What is shown is ${age} old.`
  return (
    <div role="status">
      {freshness === 'away' ? (
        <p className="notice bad">
          <Mark tone="bad">The server does not answer.</Mark>
          {shown} {watch.failure?.detail}. {watch.failure?.hint} It is asked again every 2 s.
        </p>
      ) : null}
      {freshness === 'stale' ? (
        <p className="notice notable">
          <Mark tone="notable">Stale.</Mark>
          {shown} The last question has no answer yet.
        </p>
      ) : null}
      {freshness === 'paused' && age !== null ? <p className="notice">Paused.{shown} Press . to go on.</p> : null}
    </div>
  )
}

/** `wall` is the server's time of day; `steady` never goes back, for ages. */
function useClock(server: ServerClock): { wall: number; steady: number } {
  const [clock, setClock] = useState(() => readClock(server))
  useEffect(() => {
    const timer = window.setInterval(() => setClock(readClock(server)), 1000)
    return () => window.clearInterval(timer)
  }, [server])
  return clock
}

function readClock(server: ServerClock) {
  return { wall: server.now(), steady: performance.now() }
}

/** `.` pauses and goes on, except where it is being typed. */
function usePauseKey(toggle: () => void) {
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
      if (event.key !== '.' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return
      event.preventDefault()
      toggle()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [toggle])
}
