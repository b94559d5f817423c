/** A fault of the storage as the error that ends or postpones a job. The reason stays with the cause: owners never read it. */
import { AppError } from '../core/error.ts'
import type { StorageFault } from './storage.ts'

export function accessError(fault: StorageFault, key: string): AppError {
  const cause = new Error(`${key}: ${fault.reason}`)
  if (fault.kind === 'wrong-key') {
    return new AppError('ENCRYPTION_KEY_WRONG', `the object ${key}: ${fault.reason}`, { cause })
  }
  return new AppError('STORAGE_ACCESS_ERROR', `the document's file is ${fault.kind}`, {
    cause,
    retryable: fault.kind === 'unavailable',
  })
}
