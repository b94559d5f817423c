/**
 * A provider of one's own: Scribe, an imagined OCR server that reads documents. Becket hands it a file, is called back with
 * little more than an id, and then fetches the text; where no callback comes, it asks.
 *
 * Scribe's API, all of it:
 *   POST /jobs              multipart: file, language, notify, reference -> 202 {job}
 *   its callback            {event, job, state: "finished" | "failed" | "running", reason?}
 *   GET /jobs/{job}         {job, state, reason?}, 404 for one that it does not know
 *   GET /jobs/{job}/text    {text}, 409 while there is none
 *
 * @type {import('becket/provider').ProviderModule<{ language: string }>}
 */
export default ({
  z,
  option,
  text,
  isMissing,
  isRecord,
  isSuccess,
  pathSegment,
  readId,
  readJson,
  readSaid,
  submitFailure,
  unavailable,
}) => {
  const MINUTE = 60_000
  const advice = { unauthorized: "Check the source's `apiKey`: Scribe knows another." }

  return {
    name: 'scribe',
    options: z.strictObject({
      language: option(text('a language such as en').prefault('en'), {
        description: 'What the documents are written in.',
      }),
    }),
    operations: {
      // Scribe gives the same work the same job, so that it may be handed in again.
      parse: { expectWithinMs: 2 * MINUTE, deadlineMs: 12 * 60 * MINUTE, resubmit: 'safe' },
    },
    credentials: (apiKey) => ({ header: 'x-scribe-key', value: apiKey }),
    create({ options, outbound }) {
      const ask = (operation, path, signal) =>
        outbound.request({ operation, method: 'GET', url: path, authenticated: true, signal })

      return {
        async submit({ file, callbackUrl, clientId }, signal) {
          if (file === undefined) {
            return { kind: 'refused', error: { code: 'FILE_MISSING', message: 'there is no file', retryable: false } }
          }
          const fields = {
            language: options.language,
            reference: clientId,
            ...(callbackUrl && { notify: callbackUrl }),
          }
          const answer = await outbound.request({
            operation: 'parse',
            method: 'POST',
            url: '/jobs',
            body: { fields, file: { name: 'file', ...file } },
            deadlineMs: 2 * MINUTE,
            authenticated: true,
            signal,
          })
          // It knows which answers prove that nothing was taken, and which prove nothing.
          if (!isSuccess(answer)) return submitFailure(answer, advice)
          const said = readJson(answer.body)
          return {
            kind: 'accepted',
            externalId: said.kind === 'json' && isRecord(said.value) ? readId(said.value.job) : null,
          }
        },

        read: ({ body }) => readState(body),

        eventId({ body }) {
          const said = readJson(body)
          return said.kind === 'json' && isRecord(said.value) ? readId(said.value.event) : null
        },

        async check({ externalId }, signal) {
          const job = externalId === null ? null : pathSegment(externalId)
          if (job === null) return { kind: 'missing' }
          const answer = await ask('check', `/jobs/${job}`, signal)
          if (isMissing(answer)) return { kind: 'missing' }
          if (!isSuccess(answer)) return unavailable(answer, advice)
          const state = readState(answer.body)
          if (state.kind === 'unreadable') return { kind: 'unavailable', reason: state.reason }
          return state.kind === 'progress' ? { kind: 'pending' } : { kind: 'outcome', outcome: state.outcome }
        },

        async collect({ externalId }, output, signal) {
          const job = pathSegment(readId(isRecord(output) ? output.ref : null) ?? externalId ?? '')
          if (job === null) return { kind: 'missing', reason: 'nobody knows under which id the text lies' }
          const answer = await ask('collect', `/jobs/${job}/text`, signal)
          if (isMissing(answer)) return { kind: 'missing', reason: 'Scribe has forgotten the job' }
          if (!isSuccess(answer)) return unavailable(answer, advice)
          const said = readJson(answer.body)
          // What the pipeline of documents takes is Markdown; a plain text is one.
          return said.kind === 'json' && isRecord(said.value) && typeof said.value.text === 'string'
            ? { kind: 'collected', output: { markdown: said.value.text } }
            : { kind: 'unavailable', reason: 'the text was answered in a shape that is not known' }
        },
      }
    },
  }

  /** A callback and an answer about a job say the same. An unknown word is no failure: it is put aside and looked at. */
  function readState(body) {
    const said = readJson(body)
    if (said.kind === 'unreadable') return said
    if (!isRecord(said.value)) return { kind: 'unreadable', reason: 'the body is no object' }
    const { state, reason } = said.value
    const externalId = readId(said.value.job)
    switch (state) {
      case 'running':
        return { kind: 'progress', externalId }
      case 'finished':
        // Thin: it names what `collect` fetches.
        return { kind: 'outcome', externalId, outcome: { verdict: 'succeeded', output: { ref: externalId } } }
      case 'failed': {
        const message = readSaid(reason).message ?? 'Scribe failed and did not say why'
        const error = { code: 'SCRIBE_FAILED', message, retryable: true }
        return { kind: 'outcome', externalId, outcome: { verdict: 'failed', error } }
      }
      default:
        return { kind: 'unreadable', reason: 'the state is none that Scribe has told us of' }
    }
  }
}
