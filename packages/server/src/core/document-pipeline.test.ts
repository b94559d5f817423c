import { type DocumentStatus, documentStatuses, errorCodes } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { documentPipeline, documentStatusOf, isDocumentsOwnFault } from './document-pipeline.ts'
import { jobStates } from './job-state.ts'
import type { JobStanding, StageShape } from './pipeline.ts'

const shapes: readonly StageShape[] = documentPipeline.stages

const standings: JobStanding[] = shapes.flatMap(({ name: stage }) =>
  jobStates.flatMap((state) =>
    [false, true].flatMap((isWorking) => [1, 2].map((attempt) => ({ stage, state, isWorking, attempt }))),
  ),
)

describe('a document’s status', () => {
  it('is one of the contract’s, at every stage, in every state, worked on or not', () => {
    for (const standing of standings) expect(documentStatuses).toContain(documentStatusOf(standing))
  })

  it('can be every one of the contract’s but `duplicate`, which belongs to a document without a job', () => {
    const reached = new Set<DocumentStatus>(standings.map(documentStatusOf))
    expect(documentStatuses.filter((status) => !reached.has(status))).toEqual(['duplicate'])
  })

  it('is complete only where the job is done', () => {
    for (const standing of standings) {
      expect(documentStatusOf(standing) === 'complete').toBe(standing.state === 'done')
    }
  })

  it.each([
    ['parse', 'failed_parse'],
    ['validate', 'failed_parse'],
    ['chunk', 'failed_chunking'],
    ['embed', 'failed_embedding'],
    ['store', 'failed_embedding'],
  ])('of a job given up at %s is %s: the stage that failed decides', (stage, status) => {
    expect(documentStatusOf({ stage, state: 'deadletter', isWorking: false, attempt: 4 })).toBe(status)
  })

  it('says failed only where the job was given up', () => {
    for (const standing of standings) {
      expect(documentStatusOf(standing).startsWith('failed_')).toBe(standing.state === 'deadletter')
    }
  })

  it.each<[string, JobStanding, DocumentStatus]>([
    ['waits for a worker', { stage: 'parse', state: 'queued', isWorking: false, attempt: 1 }, 'uploaded'],
    ['lies at the parser', { stage: 'parse', state: 'waiting', isWorking: true, attempt: 1 }, 'parse_queued'],
    ['was parsed', { stage: 'validate', state: 'queued', isWorking: false, attempt: 1 }, 'parsed'],
    ['has a text', { stage: 'chunk', state: 'queued', isWorking: false, attempt: 1 }, 'parse_validated'],
    ['is being divided', { stage: 'chunk', state: 'queued', isWorking: true, attempt: 1 }, 'chunking'],
    ['was divided', { stage: 'embed', state: 'queued', isWorking: false, attempt: 1 }, 'chunks_stored'],
    ['is being embedded', { stage: 'embed', state: 'waiting', isWorking: true, attempt: 1 }, 'embedding_in_progress'],
    ['is put off', { stage: 'embed', state: 'retryable', isWorking: false, attempt: 1 }, 'embedding_queued'],
    ['has its vectors', { stage: 'store', state: 'queued', isWorking: false, attempt: 1 }, 'embeddings_stored'],
    ['is through', { stage: 'store', state: 'done', isWorking: false, attempt: 1 }, 'complete'],
  ])('of one that %s', (_, standing, status) => {
    expect(documentStatusOf(standing)).toBe(status)
  })

  it('refuses a stage that the pipeline does not have, rather than to guess', () => {
    expect(() => documentStatusOf({ stage: 'print', state: 'queued', isWorking: false, attempt: 1 })).toThrow('print')
  })
})

describe('a document’s progress', () => {
  it('never falls on the way to the end', () => {
    const way: DocumentStatus[] = [
      'uploaded',
      'parse_queued',
      'parsed',
      'parse_validated',
      'chunking',
      'chunks_stored',
      'embedding_queued',
      'embedding_in_progress',
      'embeddings_stored',
      'complete',
    ]
    const percent = way.map((status) => documentPipeline.progressOf(status))
    expect(percent).toEqual([...percent].sort((one, other) => one - other))
    expect(percent.at(0)).toBe(10)
    expect(percent.at(-1)).toBe(100)
  })
})

describe('the shape of the document pipeline', () => {
  it('names, for each stage at a provider, what its user is told, and for each retry a stage that exists', () => {
    const names = shapes.map(({ name }) => name)
    for (const { kind, failure, retryFrom } of shapes) {
      if (kind === 'provider') {
        expect(errorCodes).toHaveProperty([failure?.failed ?? ''])
        expect(errorCodes).toHaveProperty([failure?.expired ?? ''])
      }
      if (retryFrom !== undefined) expect(names).toContain(retryFrom)
    }
  })
})

describe('a failure that lies in the document itself', () => {
  it.each([
    ['a text that is not there', { code: 'PARSE_EMPTY', retryable: false }, true],
    ['a file that the parser cannot read', { code: 'PARSE_FAILED', retryable: false }, true],
    ['a parser that failed', { code: 'PARSE_FAILED', retryable: true }, false],
    ['a parser that never answered', { code: 'PARSE_TIMED_OUT', retryable: true }, false],
    ['a storage that was away', { code: 'STORAGE_ACCESS_ERROR', retryable: false }, false],
    ['vectors that were wrong', { code: 'EMBEDDING_INVALID', retryable: true }, false],
  ])('%s: %j → %s', (_, error, expected) => {
    expect(isDocumentsOwnFault(error)).toBe(expected)
  })
})
