import type { Change } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { changesSinceGood } from './changes-since.ts'

let counted = 0

function change(minute: number, kind: Change['kind'], present: string, more: Partial<Change> = {}): Change {
  counted++
  return {
    id: `chg_${counted}`,
    at: `2030-01-01T10:${String(minute).padStart(2, '0')}:00Z`,
    kind,
    subject: 'worker',
    previous: 'before',
    present,
    detail: {},
    instanceId: `ins_${minute}`,
    by: 'start',
    ...more,
  }
}

const newestFirst = (...changes: Change[]) => changes.toReversed()
const seenAt = (minute: number) => `2030-01-01T10:${String(minute).padStart(2, '0')}:30Z`

describe('what changed since the last good release', () => {
  it('is what came after it by other processes, newest first', () => {
    const changes = newestFirst(
      change(1, 'release', '1.0.0'),
      change(1, 'configuration', 'with it'),
      change(2, 'configuration', 'a'),
      change(3, 'override', 'open', { instanceId: null }),
    )
    const since = changesSinceGood(changes, [])
    expect(since?.release).toBe('1.0.0')
    expect(since?.changes.map(({ present }) => present)).toEqual(['open', 'a'])
  })

  it('is nothing where nothing came, and not what processes came with that were the first of their kind', () => {
    const first = change(2, 'features', 'all', { previous: null })
    expect(changesSinceGood(newestFirst(change(1, 'release', '1.0.0'), first), [])?.changes).toEqual([])
  })

  it('counts from the release before, where something grave came with the new one in whichever process', () => {
    const changes = newestFirst(
      change(1, 'release', '1.0.0'),
      change(2, 'release', '1.1.0', { subject: 'api' }),
      change(3, 'release', '1.1.0'),
      change(3, 'configuration', 'with it'),
    )
    const since = changesSinceGood(changes, [seenAt(3)])
    expect(since?.release).toBe('1.0.0')
    expect(since?.changes.map(({ present }) => present)).toEqual(['with it', '1.1.0', '1.1.0'])
  })

  it('does not blame the release for what another change brought', () => {
    const changes = newestFirst(change(1, 'release', '1.0.0'), change(2, 'configuration', 'a'))
    expect(changesSinceGood(changes, [seenAt(2)])).toMatchObject({ release: '1.0.0', changes: [{ present: 'a' }] })
  })

  it('is not known where no release was good, or none is known', () => {
    expect(changesSinceGood([change(1, 'release', '1.0.0')], [seenAt(1)])).toBeNull()
    expect(changesSinceGood([change(1, 'configuration', 'a')], [])).toBeNull()
  })
})
