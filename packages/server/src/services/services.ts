/**
 * What Becket does for who asks: requests as the contract parsed them in, answers of the contract out. Not found is
 * null; whatever else stands in the way is an `AppError`. Holds no logic and knows no HTTP.
 */
import type { Readable } from 'node:stream'
import type {
  Breaker,
  Callback,
  CallbackQuery,
  CallbackSummary,
  Cancel,
  Change,
  ChangeQuery,
  CreateDocumentRequest,
  CreatedKey,
  CreateJobRequest,
  CreateKey,
  Delivery,
  DeliveryQuery,
  DeliverySummary,
  Dispatched,
  DoctorRun,
  Document,
  DocumentQuery,
  Expectation,
  ExpectationQuery,
  ExpectationSummary,
  ExtendRequest,
  Feature,
  FeatureQuery,
  Finding,
  FindingQuery,
  Health,
  InstanceSettings,
  Job,
  JobQuery,
  JobSummary,
  Key,
  Liveness,
  NotSubmitted,
  OverrideBreaker,
  Page,
  Readiness,
  Redeliver,
  RedeliverAll,
  Redelivered,
  RegisterExpectationRequest,
  Released,
  ReleaseRequest,
  Replay,
  Request,
  RequestQuery,
  SettleRequest,
  Sink,
  Source,
  StartDoctorRun,
} from '@becket/client/contract'
import type { FileLink } from '../core/file-signature.ts'
import type { Principal, Wait } from './principal.ts'

export interface ExpectationServices {
  /** `created` is false when the same key with the same parameters was registered before. */
  register(
    request: RegisterExpectationRequest,
    by: Principal,
    wait?: Wait,
  ): Promise<{ expectation: Expectation; created: boolean }>
  list(query: ExpectationQuery): Promise<Page<ExpectationSummary>>
  get(id: string, wait: Wait): Promise<Expectation | null>
  dispatched(id: string, request: Dispatched, by: Principal): Promise<Expectation | null>
  notSubmitted(id: string, request: NotSubmitted, by: Principal): Promise<Expectation | null>
  /** Makes a check due now; does not wait for it. */
  check(id: string, by: Principal): Promise<Expectation | null>
  extend(id: string, request: ExtendRequest, by: Principal): Promise<Expectation | null>
  settle(id: string, request: SettleRequest, by: Principal): Promise<Expectation | null>
  cancel(id: string, request: Cancel, by: Principal): Promise<Expectation | null>
}

export interface JobServices {
  create(request: CreateJobRequest, by: Principal): Promise<{ job: Job; created: boolean }>
  list(query: JobQuery): Promise<Page<JobSummary>>
  get(id: string, wait: Wait): Promise<Job | null>
  retry(id: string, by: Principal): Promise<Job | null>
  cancel(id: string, request: Cancel, by: Principal): Promise<Job | null>
}

export interface DocumentServices {
  create(request: CreateDocumentRequest, by: Principal): Promise<Document>
  list(query: DocumentQuery): Promise<Page<Document>>
  get(id: string): Promise<Document | null>
  /** Judges a signed upload address before a byte of the body is read. Throws UPLOAD_URL_INVALID. */
  checkUploadSignature(id: string, signed: { expires: string; signature: string }): void
  putContent(id: string, content: AsyncIterable<Buffer>): Promise<Document | null>
  /** `wait`: for the content to show up, where it cannot be read back at once. */
  finalize(id: string, by: Principal, wait: Wait): Promise<Document | null>
}

export interface CallbackServices {
  list(query: CallbackQuery): Promise<Page<CallbackSummary>>
  get(id: string): Promise<Callback | null>
  /** The body byte for byte. */
  body(id: string): Promise<Buffer | null>
  replay(id: string, by: Principal): Promise<Replay | null>
  /** Has quarantined callbacks read again by the present adapters. */
  release(request: ReleaseRequest, by: Principal): Promise<Released>
}

export interface DeliveryServices {
  list(query: DeliveryQuery): Promise<Page<DeliverySummary>>
  get(id: string): Promise<Delivery | null>
  redeliver(id: string, request: Redeliver, by: Principal): Promise<Delivery | null>
  /** The dead ones of a sink, but for those that a newer result has overtaken. */
  redeliverAll(request: RedeliverAll, by: Principal): Promise<Redelivered>
  sinks(): Promise<Sink[]>
}

export interface KeyServices {
  /** Who holds the secret; null where it is unknown or revoked. */
  authenticate(secret: string): Promise<Principal | null>
  list(): Promise<Key[]>
  create(request: CreateKey, by: Principal): Promise<CreatedKey>
  revoke(id: string, by: Principal): Promise<Key | null>
}

export interface BreakerServices {
  list(): Promise<Breaker[]>
  /** Throws NOT_FOUND, which lists the known. */
  get(name: string): Promise<Breaker>
  override(name: string, request: OverrideBreaker, by: Principal): Promise<Breaker>
}

export interface RequestServices {
  list(query: RequestQuery): Promise<Page<Request>>
}

export interface SourceServices {
  list(): Promise<Source[]>
}

export interface FeatureServices {
  /** Throws NOT_FOUND for a job or expectation that is not there. */
  list(query: FeatureQuery): Promise<Feature[]>
}

export interface ChangeServices {
  list(query: ChangeQuery): Promise<Page<Change>>
}

export interface InstanceServices {
  settings(id: string): Promise<InstanceSettings | null>
}

export interface FindingServices {
  list(query: FindingQuery): Promise<Page<Finding>>
  get(id: string): Promise<Finding | null>
  /** Answers at once; the examination goes on. */
  run(request: StartDoctorRun, by: Principal): Promise<DoctorRun>
  getRun(id: string): Promise<DoctorRun | null>
}

export interface FileServices {
  /** Throws where the address is not ours or has expired, and where the file cannot be read. */
  open(link: FileLink, signature: string): Promise<{ bytes: number; stream(): Readable }>
}

export interface HealthServices {
  get(): Promise<Health>
  live(): Promise<Liveness>
  ready(): Promise<Readiness>
}

export interface Services {
  expectations: ExpectationServices
  jobs: JobServices
  documents: DocumentServices
  callbacks: CallbackServices
  deliveries: DeliveryServices
  keys: KeyServices
  sources: SourceServices
  breakers: BreakerServices
  requests: RequestServices
  features: FeatureServices
  changes: ChangeServices
  instances: InstanceServices
  findings: FindingServices
  files: FileServices
  health: HealthServices
}
