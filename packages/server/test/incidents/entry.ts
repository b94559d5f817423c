/** How the entries of the catalogue are written down: one line each where one is enough. */
import type { Caught, Incident } from './incident.ts'

type Facts = [id: string, ofClass: string, title: string]

/** `by`: `CHECK file › name`; the name without its number where the test has it. */
export function caught([id, ofClass, title]: Facts, ...by: string[]): Incident {
  return { id, class: ofClass, title, outcome: { caughtBy: by.map(readCaught) } }
}

export function notOurs([id, ofClass, title]: Facts, reason: string): Incident {
  return { id, class: ofClass, title, outcome: { notOurs: reason } }
}

function readCaught(line: string): Caught {
  const at = line.indexOf(': ')
  return { check: line.slice(0, at), test: line.slice(at + 2) }
}

/** Reasons for several. */
export const FRONTEND =
  'it is the build of a frontend, which runs at its host before anything of ours does; a build from a clean checkout in CI shows it'

export const INSTALLATION = 'the installation fails before anything runs; a lock file and an installation in CI show it'
