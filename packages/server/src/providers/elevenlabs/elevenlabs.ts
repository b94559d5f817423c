/**
 * ElevenLabs' speech to text. Its webhooks belong to a workspace, not to a request; our id travels in the metadata that it
 * repeats. Its text to speech answers at once with the sound itself, and needs no promise: it is not here.
 */
import type { OutboundAnswer } from '../../outbound/outbound.ts'
import { isRecord, readJson } from '../json-body.ts'
import { pingKey } from '../ping.ts'
import type { Provider } from '../provider.ts'
import { checkTranscript } from './check.ts'
import { type ElevenLabsOptions, elevenLabsOptions, unauthorizedAdvice } from './options.ts'
import { submitAudio } from './submit.ts'
import { OUR_ID, readCallback } from './transcript.ts'

const MINUTE = 60_000

export const elevenLabs: Provider<ElevenLabsOptions> = {
  name: 'elevenlabs',
  options: elevenLabsOptions,
  operations: {
    // Minutes for an hour of sound. A repeat is paid for again, so it is asked for.
    transcribe: { expectWithinMs: 10 * MINUTE, deadlineMs: 24 * 60 * MINUTE, resubmit: 'ask' },
  },
  baseUrl: () => 'https://api.elevenlabs.io',
  credentials: (apiKey) => ({ header: 'xi-api-key', value: apiKey }),
  verify: ({ webhookSecret }) => (webhookSecret === undefined ? null : { scheme: 'elevenlabs', secret: webhookSecret }),
  sample: ({ externalId, deliveryId, atMs }) => ({
    type: 'speech_to_text_transcription',
    event_timestamp: Math.floor(atMs / 1000),
    data: {
      request_id: deliveryId,
      transcription: { language_code: 'eng', text: 'A sample.', words: [], transcription_id: externalId },
      webhook_metadata: { [OUR_ID]: externalId },
    },
  }),
  create({ options, outbound }) {
    return {
      submit: (request, signal) => submitAudio(outbound, options, request, signal),
      read: readCallback,
      check: (expected, signal) => checkTranscript(outbound, expected, signal),
      ping: (signal) => pingKey(outbound, { path: '/v1/user', advice: unauthorizedAdvice, isKnownKey }, signal),
    }
  },
}

/** Keys may be held to single uses; one that may not read its user is told so with the 401 that an unknown one gets. */
function isKnownKey(answer: OutboundAnswer): boolean {
  const read = answer.kind === 'answer' ? readJson(answer.body) : null
  const detail = read?.kind === 'json' && isRecord(read.value) ? read.value.detail : null
  return isRecord(detail) && detail.status === 'missing_permissions'
}
