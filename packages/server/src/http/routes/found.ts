/** Null from a service is a 404 that names what was looked for. */
import { AppError } from '../../core/error.ts'

export function found<Subject>(subject: Subject | null, noun: string, id: string): Subject {
  if (subject === null) throw new AppError('NOT_FOUND', `There is no ${noun} ${id}`)
  return subject
}
