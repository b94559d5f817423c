/** `becket features`: what is switched on, and for whom. */
import type { Feature } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { Cell } from './output.ts'
import type { Session } from './remote.ts'

export async function listFeatures(session: Session, { for: id }: { for?: string }): Promise<ExitCode> {
  const items = await session.becket.features.list(id === undefined ? {} : { for: id })
  session.show({ items }, () => {
    session.output.table(
      ['feature', id === undefined ? 'who has it' : `has ${id} it`, 'Becket …', 'without'],
      items.map((each) => [
        each.name,
        each.has === null ? holders(each) : { text: each.has ? 'yes' : 'no' },
        each.does,
        each.without,
      ]),
    )
    session.output.line()
    session.output.line('Each is switched and rolled out by features.NAME in becket.yaml.')
  })
  return exitCodes.ok
}

function holders({ enabled, percent }: Feature): Cell {
  if (!enabled || percent === 0) return { text: 'nobody', tone: 'notable' }
  return percent === 100 ? { text: 'all', tone: 'good' } : { text: `${percent} of 100`, tone: 'notable' }
}
