/** The kinds of sinks there are, one line each. */
import type { SinkKind } from './sink.ts'

export const sinkKinds: readonly SinkKind[] = []
