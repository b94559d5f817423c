/**
 * What providers outside this project are written with: the contract, and the tools that keep Becket's own ones safe. A
 * module gets them as the argument of the function that it exports; who has the package at hand can import `becket/provider`.
 */
import { z } from 'zod'
import { option } from '../config/option.ts'
import { choice, duration, flag, list, text, webUrl, wholeNumber } from '../config/scalar.ts'
import { isMissing, isSuccess, submitFailure, unavailable } from './failed-request.ts'
import { isRecord, readId, readJson } from './json-body.ts'
import { pathSegment } from './path-segment.ts'
import type { Provider } from './provider.ts'
import { cleanMessage, readSaid } from './provider-error.ts'
import { lookAtFile } from './stored-file.ts'

export type * from '../core/key-proof.ts'
export type * from '../outbound/multipart.ts'
export type * from '../outbound/outbound.ts'
export type * from './provider.ts'
export {
  choice,
  cleanMessage,
  duration,
  flag,
  isMissing,
  isRecord,
  isSuccess,
  list,
  lookAtFile,
  option,
  pathSegment,
  readId,
  readJson,
  readSaid,
  submitFailure,
  text,
  unavailable,
  webUrl,
  wholeNumber,
  z,
}

export const kit = {
  z,
  option,
  choice,
  duration,
  flag,
  list,
  text,
  webUrl,
  wholeNumber,
  isMissing,
  isSuccess,
  submitFailure,
  unavailable,
  isRecord,
  readId,
  readJson,
  pathSegment,
  cleanMessage,
  readSaid,
  lookAtFile,
}

export type ProviderKit = typeof kit

/** What a module's default export may be. */
export type ProviderModule<Options = unknown> = Provider<Options> | ((kit: ProviderKit) => Provider<Options>)
