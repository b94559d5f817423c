/** What a load may be of, and how large. */
import { MAX_PAGE } from '@becket/client/contract'

export const loadPipelines = ['document', 'video'] as const
export type LoadPipeline = (typeof loadPipelines)[number]

/** One page of a list holds them all. */
export const MOST_JOBS = MAX_PAGE
