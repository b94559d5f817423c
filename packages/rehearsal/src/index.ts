/** Stand-ins of real providers that behave as badly as the real ones do. For rehearsal: nothing here is for production. */
export {
  type AirtableAddress,
  type AirtableOptions,
  type AirtableRow,
  type AirtableStandIn,
  createAirtable,
} from './airtable/airtable.ts'
export type { Bases, Field } from './airtable/bases.ts'
export type { ApartOptions } from './apart/messages.ts'
export { createRehearsalApart, type RehearsalApart } from './apart/rehearsal-apart.ts'
export type { FaultsChange } from './faults/change-faults.ts'
export type { Distribution, DistributionInput } from './faults/distribution.ts'
export type { FaultName, Faults, FaultsInput } from './faults/faults.ts'
export { parseFaults } from './faults/parse-faults.ts'
export { makeLargePdf, writeLargePdf } from './large-document.ts'
export type { Deed, DeedKind, DeedOf, Entry, Ledger, LedgerReading, Summary } from './ledger/ledger.ts'
export {
  createLlamaParse,
  type LlamaParse,
  type LlamaParseAddress,
  type LlamaParseOptions,
} from './llamaparse/llamaparse.ts'
export { createNca, type Nca, type NcaAddress, type NcaOptions } from './nca/nca.ts'
export { createOpenAi, type OpenAi, type OpenAiAddress, type OpenAiOptions } from './openai/openai.ts'
export { createRehearsal, type Rehearsal, type RehearsalAddresses, type RehearsalOptions } from './rehearsal.ts'
export { createS3, type S3Address, type S3Options, type S3StandIn } from './s3/s3.ts'
export type { Reach } from './stage/reach.ts'
export { RehearsalError, type RehearsalErrorCode } from './stage/rehearsal-error.ts'
export type { RehearsalLog } from './stage/stand-in.ts'
export { createStorage, type StorageAddress, type StorageOptions, type StorageStandIn } from './storage/storage.ts'
