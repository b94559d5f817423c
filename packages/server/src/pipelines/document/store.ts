/** The stage `store`: calls a document complete only after counting that every piece is there and has its vector. */
import type { Db } from '../../db/db.ts'
import { countChunks } from '../../store/chunks.ts'
import type { LocalStage } from '../pipeline.ts'
import { documentIdOf, readJobData } from './document-job.ts'

export function createStoreStage({ db }: { db: Db }): LocalStage {
  return {
    kind: 'local',
    async run({ job }) {
      const data = readJobData(job)
      const count = await countChunks(db, documentIdOf(job))
      if (data.chunks === undefined || count.chunks !== data.chunks || count.embedded !== count.chunks) {
        const message = `${data.chunks ?? 0} pieces were made, ${count.chunks} are stored, ${count.embedded} have a vector`
        return { outcome: { kind: 'fail', error: { code: 'EMBEDDING_INVALID', message, retryable: false } } }
      }
      return {
        outcome: { kind: 'done' },
        output: { documentId: documentIdOf(job), parsed: data.parsed, ...count, settled: data.settled },
      }
    },
  }
}
