/** The one exception of the stand-ins: what happened, to what, and what to do next. Answers on the wire are not errors. */

export type RehearsalErrorCode =
  | 'STAND_IN_IN_PRODUCTION'
  | 'ENVIRONMENT_MISSING'
  | 'FAULTS_INVALID'
  | 'PORT_UNAVAILABLE'
  | 'PROCESS_UNAVAILABLE'

export class RehearsalError extends Error {
  override readonly name = 'RehearsalError'
  readonly code: RehearsalErrorCode
  readonly hint: string

  constructor(code: RehearsalErrorCode, detail: string, hint: string, cause?: unknown) {
    super(`${detail} ${hint} (${code})`, { cause })
    this.code = code
    this.hint = hint
  }
}

/** A stand-in makes nothing real: where the work is real, it must not even listen. */
export function refuseProduction(standIn: string, environment: string): void {
  const name = environment.trim().toLowerCase()
  if (name === '') {
    throw new RehearsalError(
      'ENVIRONMENT_MISSING',
      `The ${standIn} stand-in does not know where it runs: \`environment\` is empty.`,
      'Name the environment, for instance `development`.',
    )
  }
  if (name === 'production' || name === 'prod') {
    throw new RehearsalError(
      'STAND_IN_IN_PRODUCTION',
      `The ${standIn} stand-in refuses to run: \`environment\` is \`${environment}\`.`,
      'Point the source at the real provider, or change `environment`.',
    )
  }
}
