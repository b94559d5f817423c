/** What the tables of a base look like: their fields, and what each takes. As their owner would declare them; pure. */

/** Attachments are written as addresses and fetched later; a select takes only what it lists. */
export type Field =
  | 'text'
  | 'number'
  | 'checkbox'
  | 'url'
  | 'date'
  | 'attachments'
  | { select: readonly [string, ...string[]] }

/** Fields by name, tables by name, bases by id. */
export type Fields = Readonly<Record<string, Field>>
export type Bases = Readonly<Record<string, Readonly<Record<string, Fields>>>>

export const DEFAULT_BASE = 'appRehearsal00001'

const status: Field = { select: ['pending', 'processing', 'completed', 'failed'] }

/** The tables that a video pipeline beside Airtable keeps, as its users built them. */
export const DEFAULT_BASES: Bases = {
  [DEFAULT_BASE]: {
    Jobs: {
      'Job ID': 'text',
      'Run ID': 'text',
      Type: { select: ['combine', 'concatenate', 'add_music', 'voiceover', 'video', 'music', 'image'] },
      Status: status,
      'External Job ID': 'text',
      'Webhook URL': 'url',
      'Request Payload': 'text',
      'Response Payload': 'text',
      'Error Details': 'text',
      Notes: 'text',
      Submitted: 'date',
    },
    'Webhook Events': {
      'Event ID': 'text',
      Service: 'text',
      Endpoint: 'text',
      'Raw Payload': 'text',
      Processed: 'checkbox',
      Success: 'checkbox',
      Notes: 'text',
    },
    Videos: {
      Name: 'text',
      'Run ID': 'text',
      Status: status,
      'Video URL': 'url',
      Video: 'attachments',
      Bytes: 'number',
      Error: 'text',
    },
    Segments: {
      Name: 'text',
      'Run ID': 'text',
      Order: 'number',
      Status: status,
      'Video URL': 'url',
      Video: 'attachments',
      Error: 'text',
    },
  },
}
