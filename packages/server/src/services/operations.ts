/** The operation of a source that a request names, or what is wrong with that name. */
import { AppError } from '../core/error.ts'
import { type OperationSettings, operationOf, type Source, type Sources } from '../providers/sources.ts'

export function requireOperation(
  sources: Sources,
  sourceId: string,
  operation: string,
): { source: Source; settings: OperationSettings } {
  const source = sources.get(sourceId)
  if (source === undefined) {
    throw new AppError('SOURCE_UNKNOWN', `No source ${sourceId}; there are ${[...sources.keys()].join(', ') || 'none'}`)
  }
  const settings = operationOf(source, operation)
  if (settings === undefined) {
    const known = Object.keys(source.operations).join(', ') || 'none'
    throw new AppError('OPERATION_UNKNOWN', `Source ${sourceId} has no operation ${operation}; it has ${known}`)
  }
  return { source, settings }
}
