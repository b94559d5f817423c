/**
 * How each peer is set up, by what its own documentation says of throughput, with the best of what `tune` tried. Told in
 * the results. Durability is never among it: each syncs before it answers.
 */
export const peerSettings = {
  // Chapter on performance: a local queue, jobs completed in batches, and no new fetch for each single notice.
  'graphile-worker': {
    concurrentJobs: 128,
    localQueueSize: 500,
    refetchDelayMs: 5,
    completeJobBatchDelay: 250,
    workerPoolSize: 12,
    poolSize: 20,
  },
  // Woken by NOTIFY; batches; at once again while they come back full; fewer workers with larger batches.
  'pg-boss': { batchSize: 64, localConcurrency: 2, bossPoolSize: 12, poolSize: 20 },
  // LISTEN is on by default; what is left to choose is the pool.
  dbos: { systemDatabasePoolSize: 20 },
  // By default 24 partitions, meant for clusters; on few cores fewer are quicker.
  restate: { partitions: 2 },
  handler: { poolSize: 20 },
}

/** What `tune` tries; the first is what is set above. */
export const candidates = {
  'graphile-worker': [
    {},
    { refetchDelayMs: 20 },
    { refetchDelayMs: 0 },
    { concurrentJobs: 64 },
    { concurrentJobs: 256 },
    { completeJobBatchDelay: 0 },
    { workerPoolSize: 30, poolSize: 30 },
    { localQueueSize: -1, refetchDelayMs: 0 },
  ],
  'pg-boss': [
    {},
    { batchSize: 128, localConcurrency: 1 },
    { batchSize: 128, localConcurrency: 2 },
    { batchSize: 32, localConcurrency: 4 },
    { bossPoolSize: 30, poolSize: 30 },
  ],
  dbos: [{}, { systemDatabasePoolSize: 10 }, { systemDatabasePoolSize: 40 }, { systemDatabasePoolSize: 80 }],
  restate: [{}, { partitions: 1 }, { partitions: 4 }, { partitions: 8 }, { partitions: 24 }],
  handler: [{}, { poolSize: 10 }, { poolSize: 40 }],
  becket: [{}, { database: { poolSize: 10 } }, { database: { poolSize: 40 } }, { worker: { slots: 128 } }],
}
