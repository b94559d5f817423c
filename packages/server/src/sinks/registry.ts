/** The kinds of sinks there are, one line each. */
import { airtableSink } from './airtable/airtable.ts'
import { postgresSink } from './postgres/postgres.ts'
import { s3Sink } from './s3/s3.ts'
import type { SinkKind } from './sink.ts'
import { webhookSink } from './webhook/webhook.ts'

export const sinkKinds: readonly SinkKind[] = [airtableSink, postgresSink, s3Sink, webhookSink]
