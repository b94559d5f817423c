/** What Prometheus is told of forgetting: how much was removed since ever, and how the last round went. */
import { Gauge, type Registry } from 'prom-client'

export interface RetentionGauge {
  endedAt: Date | null
  succeeded: boolean | null
  removed: Record<string, number>
}

/** One read a scrape. `onUnreadable`: no value is unknown, and unknown is not zero; the gauges stay away. */
export function addRetentionMetrics(
  registry: Registry,
  read: () => Promise<RetentionGauge>,
  onUnreadable: () => void,
): void {
  const success = new Gauge({
    name: 'becket_retention_success',
    help: '1 where the last round of forgetting came to its end',
    registers: [registry],
  })
  const endedAt = new Gauge({
    name: 'becket_retention_timestamp_seconds',
    help: 'When that round ended, in seconds since 1970',
    registers: [registry],
  })
  new Gauge({
    name: 'becket_retention_removed',
    help: 'How much was removed since ever, by what it was: days of a table, rows of a walk; only ever grows',
    labelNames: ['what'],
    registers: [registry],
    async collect() {
      this.reset()
      success.remove()
      endedAt.remove()
      try {
        const standing = await read()
        for (const [what, removed] of Object.entries(standing.removed)) this.set({ what }, removed)
        if (standing.endedAt === null) return
        success.set(standing.succeeded === true ? 1 : 0)
        endedAt.set(standing.endedAt.getTime() / 1000)
      } catch {
        onUnreadable()
      }
    },
  })
}
