/** What is wrong with a configuration. All problems are gathered and told at once; no message repeats a secret. */
import { AppError } from '../core/error.ts'
import { suggest } from '../core/suggest.ts'
import { formatOrigin, type Origin } from './origin.ts'

export interface Problem {
  /** The option, as `worker.slots`; or the file and line. */
  where: string
  what: string
  origin: Origin | null
}

export function formatProblem(problem: Problem): string {
  const from = problem.origin === null ? '' : ` (${formatOrigin(problem.origin)})`
  return `${problem.where}: ${problem.what}${from}`
}

/** `, did you mean …?`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = suggest(word, candidates)
  return near === undefined ? '' : `, did you mean \`${near}\`?`
}

export class ConfigurationError extends AppError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
    super(
      'CONFIGURATION_INVALID',
      `${count} in the configuration:\n${problems.map((each) => `  ${formatProblem(each)}`).join('\n')}`,
    )
    this.problems = problems
  }
}
