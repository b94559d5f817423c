/** Where a video stands, in the words that its first users know. Derived from stage and state, never stored. */
import { z } from 'zod'

export const videoStatuses = ['pending', 'processing', 'completed', 'failed', 'cancelled'] as const

export const videoStatusSchema = z.enum(videoStatuses)
export type VideoStatus = z.output<typeof videoStatusSchema>
