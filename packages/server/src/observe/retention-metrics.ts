/** What Prometheus is told of forgetting: how much was removed since ever, and how the last round went. */
import { Gauge, type Registry } from 'prom-client'

export interface RetentionGauge {
  endedAt: Date | null
  succeeded: boolean | null
  removed: Record<string, number>
}

/** Each asks for itself: they are collected side by side. `onUnreadable`: no value is unknown, and unknown is not zero. */
export function addRetentionMetrics(
  registry: Registry,
  read: () => Promise<RetentionGauge>,
  onUnreadable: () => void,
): void {
  function gauge(name: string, help: string, set: (gauge: Gauge, standing: RetentionGauge) => void, label?: string) {
    new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
      async collect() {
        // Absent until it ever was: 0 would say something.
        if (label === undefined) this.remove()
        else this.reset()
        try {
          set(this, await read())
        } catch {
          onUnreadable()
        }
      },
    })
  }
  gauge('becket_retention_success', '1 where the last round of forgetting came to its end', (it, { succeeded }) => {
    if (succeeded !== null) it.set(succeeded ? 1 : 0)
  })
  gauge('becket_retention_timestamp_seconds', 'When that round ended, in seconds since 1970', (it, { endedAt }) => {
    if (endedAt !== null) it.set(endedAt.getTime() / 1000)
  })
  gauge(
    'becket_retention_removed',
    'How much was removed since ever, by what it was: days of a table, rows of a walk; only ever grows',
    (it, { removed }) => {
      for (const [what, count] of Object.entries(removed)) it.set({ what }, count)
    },
    'what',
  )
}
