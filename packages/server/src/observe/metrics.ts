/** Counters and gauges for Prometheus. Labels have few values: routes as patterns, never ids. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { addRetentionMetrics, type RetentionGauge } from './retention-metrics.ts'

export interface LaneGauge {
  lane: string
  due: number
  oldestDueMs: number | null
}

export interface CanaryGauge {
  succeeded: boolean
  tookMs: number
  endedAt: Date
}

export interface SpoolGauge {
  state: string
  waiting: number
  setAside: number
  bytes: number
  oldestMs: number | null
}

export interface MetricsOptions {
  readLanes: () => Promise<LaneGauge[]>
  /** How forgetting what is too old goes. */
  readRetention?: () => Promise<RetentionGauge>
  /** How Becket last examined itself; null: it never did. */
  readCanary?: () => Promise<CanaryGauge | null>
  /** What waits on disk; null: no callbacks are taken here. */
  readSpool?: () => SpoolGauge | null
}

export function createMetrics(options: MetricsOptions) {
  const { readLanes, readCanary = async () => null, readSpool = () => null } = options
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'becket_' })
  const requests = new Histogram({
    name: 'becket_http_request_seconds',
    help: 'Time to answer a request, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers: [registry],
  })
  // As many as there are series: to find one by its labels takes longer than to count in it.
  const byLabels = new Map<string, ReturnType<typeof requests.labels>>()
  const unreadable = new Counter({
    name: 'becket_metrics_lanes_unreadable_total',
    help: 'Scrapes at which the database could not be read',
    registers: [registry],
  })
  if (options.readRetention !== undefined) {
    addRetentionMetrics(registry, options.readRetention, () => unreadable.inc())
  }
  const due = new Gauge({
    name: 'becket_lane_due',
    help: 'Wakeups that are due and held by nobody',
    labelNames: ['lane'],
    registers: [registry],
    async collect() {
      this.reset()
      oldest.reset()
      try {
        for (const lane of await readLanes()) {
          this.set({ lane: lane.lane }, lane.due)
          oldest.set({ lane: lane.lane }, (lane.oldestDueMs ?? 0) / 1000)
        }
      } catch {
        // No value is unknown, and unknown is not zero: the gauge stays away, and this counter says so.
        unreadable.inc()
      }
    },
  })
  const oldest = new Gauge({
    name: 'becket_lane_oldest_due_seconds',
    help: 'How long the oldest due wakeup has been waiting for a holder',
    labelNames: ['lane'],
    registers: [registry],
  })
  /** Each asks for itself: they are collected side by side. */
  function canaryGauge(name: string, help: string, valueIn: (last: CanaryGauge) => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        // Absent until it ever was: 0 would say something.
        this.remove()
        try {
          const last = await readCanary()
          if (last !== null) this.set(valueIn(last))
        } catch {
          unreadable.inc()
        }
      },
    })
  }
  canaryGauge('becket_canary_success', '1 where the last examination found nothing wrong', ({ succeeded }) =>
    succeeded ? 1 : 0,
  )
  canaryGauge('becket_canary_seconds', 'How long the last examination took', ({ tookMs }) => tookMs / 1000)
  canaryGauge(
    'becket_canary_timestamp_seconds',
    'When the last examination ended, in seconds since 1970',
    ({ endedAt }) => endedAt.getTime() / 1000,
  )
  function spoolGauge(name: string, help: string, valueIn: (spool: SpoolGauge) => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.remove()
        const spool = readSpool()
        if (spool !== null) this.set(valueIn(spool))
      },
    })
  }
  spoolGauge(
    'becket_spool_open',
    '1 while callbacks go to the disk, because the database is away or only just back',
    (spool) => (spool.state === 'closed' ? 0 : 1),
  )
  spoolGauge('becket_spool_waiting', 'Callbacks on disk that are not in the database yet', ({ waiting }) => waiting)
  spoolGauge('becket_spool_set_aside', 'Callbacks on disk that the database refused', ({ setAside }) => setAside)
  spoolGauge('becket_spool_bytes', 'What callbacks take on disk', ({ bytes }) => bytes)
  spoolGauge('becket_spool_oldest_seconds', 'How long the oldest of them has been waiting', ({ oldestMs }) =>
    oldestMs === null ? 0 : Math.max(0, Date.now() - oldestMs) / 1000,
  )
  return {
    page: { contentType: registry.contentType, metrics: () => registry.metrics() },
    observe({
      method,
      route,
      status,
      tookMs,
    }: {
      method: string
      route: string
      status: number
      tookMs: number
    }): void {
      const labels = `${method} ${status} ${route}`
      let labelled = byLabels.get(labels)
      if (labelled === undefined) {
        labelled = requests.labels(method, route, String(status))
        byLabels.set(labels, labelled)
      }
      labelled.observe(tookMs / 1000)
    },
    due,
  }
}
