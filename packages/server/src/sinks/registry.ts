/** The kinds of sinks there are, one line each. */
import type { SinkKind } from './sink.ts'
import { webhookSink } from './webhook/webhook.ts'

export const sinkKinds: readonly SinkKind[] = [webhookSink]
