import type { Result } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { deliveryOf, resultWith } from './bench.ts'
import { createTables } from './postgres-tables.ts'

describe('a table in the user’s own database', () => {
  const { db, open, setup } = createTables()
  const done = (id: string, more: Partial<Result> = {}) => deliveryOf(resultWith({ id, key: id, ...more }))

  it('gets one row per result, each column from where it was mapped, in its own type', async () => {
    const { deliver, rows, table } = await setup(
      'id text primary key, "Status" text, pages int, ended timestamptz, whole jsonb, words text[], made_by text, run uuid',
      {
        columns: {
          Status: '/status',
          pages: '/output/pages',
          ended: '/endedAt',
          whole: '/output',
          words: '/output/words',
          made_by: { fixed: 'becket' },
          run: { uuidOf: '/id' },
        },
      },
    )
    const output = { pages: 3, words: ['a', 'b'] }
    const [answer] = await deliver([done('job_1', { output })])
    expect(answer).toEqual({ kind: 'delivered', receipt: { table: table.replaceAll('"', ''), key: 'job_1' } })
    expect(await rows()).toEqual([
      {
        id: 'job_1',
        Status: 'complete',
        pages: 3,
        ended: new Date('2026-01-02T03:05:05.000Z'),
        whole: output,
        words: ['a', 'b'],
        made_by: 'becket',
        run: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ])
  })

  it('is written again without harm, and keeps what is not mapped', async () => {
    const { deliver, rows, table } = await setup('id text primary key, status text, note text', {
      columns: { status: '/status' },
    })
    await deliver([done('job_1')])
    await db().query(`update ${table} set note = 'seen by a person'`)
    await deliver([done('job_1', { status: null })])
    expect(await rows()).toEqual([{ id: 'job_1', status: null, note: 'seen by a person' }])
  })

  it('is found by the caller’s own key where that is mapped', async () => {
    const { deliver, rows } = await setup('"order" text primary key, job text', {
      key: 'order',
      columns: { order: '/key', job: '/id' },
    })
    await deliver([deliveryOf(resultWith({ id: 'job_1', key: 'order-7' }))])
    await deliver([deliveryOf(resultWith({ id: 'job_2', key: 'order-7' }))])
    expect(await rows()).toEqual([{ order: 'order-7', job: 'job_2' }])
  })

  it('never goes back to an older result where a column tells the time', async () => {
    const { deliver, rows } = await setup('id text primary key, status text, at timestamptz', {
      updatedColumn: 'at',
      columns: { status: '/status' },
    })
    const at = (second: number) => `2026-01-02T03:05:0${second}.000Z`
    await deliver([done('job_1', { status: 'new', endedAt: at(5) })])
    expect(await deliver([done('job_1', { status: 'old', endedAt: at(4) })])).toMatchObject([{ kind: 'delivered' }])
    expect(await rows()).toMatchObject([{ status: 'new' }])
    await deliver([done('job_1', { status: 'newest', endedAt: at(6) })])
    expect(await rows()).toMatchObject([{ status: 'newest' }])
  })

  it('takes many at once, and what cannot be taken fails alone', async () => {
    const { deliver, rows } = await setup('id text primary key, said text, pages int check (pages < 100)', {
      columns: { said: '/output/said', pages: '/output/pages' },
    })
    const poison: Record<number, object> = {
      3: { said: 'a \u0000 in it' },
      17: { pages: 'many' },
      18: { pages: 100 },
      31: { said: '\ud800' },
    }
    const batch = Array.from({ length: 40 }, (_, index) =>
      done(`job_${String(index).padStart(2, '0')}`, { output: poison[index] ?? { said: 'well', pages: index } }),
    )
    const answers = await deliver(batch)
    expect(answers.flatMap(({ kind }, index) => (kind === 'delivered' ? [] : [index]))).toEqual([3, 17, 18, 31])
    expect(answers[17]).toMatchObject({ kind: 'rejected', error: { code: 'SQLSTATE_22P02', retryable: false } })
    expect(answers[18]).toMatchObject({ kind: 'rejected', error: { code: 'SQLSTATE_23514' } })
    expect(await rows()).toHaveLength(36)
  })

  it('takes the neighbours of a row that its policies refuse, and of one that its index cannot hold', async () => {
    const { deliver, table, rows } = await setup('id text primary key, said text', {
      columns: { said: '/output/said' },
    })
    // As row-level security says it of one row, to whoever is not above it as this user is.
    await db().query(
      `create function app.police() returns trigger language plpgsql as
       $$ begin if new.said = 'theirs' then raise 'not yours' using errcode = '42501'; end if; return new; end $$;
       create trigger police before insert on ${table} for each row execute function app.police()`,
    )
    const batch = ['ours', 'theirs', 'mine'].map((said, n) => done(`job_${n}`, { output: { said } }))
    expect(await deliver(batch)).toMatchObject([
      { kind: 'delivered' },
      { kind: 'rejected', error: { code: 'SQLSTATE_42501' } },
      { kind: 'delivered' },
    ])
    const long = Array.from({ length: 4000 }, (_, n) => String.fromCodePoint(0x4e00 + n * 5)).join('')
    expect(await deliver([done(long), done('job_9', { output: { said: 'well' } })])).toMatchObject([
      { kind: 'rejected', error: { code: 'SQLSTATE_54000' } },
      { kind: 'delivered' },
    ])
    expect(await rows()).toHaveLength(3)
  })

  it('gets two results for one row one after the other', async () => {
    const { deliver, rows } = await setup('key text primary key, id text', {
      key: 'key',
      columns: { key: '/key', id: '/id' },
    })
    const batch = [1, 2].map((n) => deliveryOf(resultWith({ id: `job_${n}`, key: 'order-7' })))
    expect(await deliver(batch)).toMatchObject([{ kind: 'delivered' }, { kind: 'later', afterMs: 0 }])
    expect(await rows()).toEqual([{ key: 'order-7', id: 'job_1' }])
  })

  it('gets only the types of results that are wanted', async () => {
    const { deliver, rows } = await setup('id text primary key', { types: ['job.deadletter'] })
    expect(await deliver([done('job_1'), done('job_2', { type: 'job.deadletter' })])).toMatchObject([
      { receipt: { skipped: true } },
      { receipt: { key: 'job_2' } },
    ])
    expect(await rows()).toEqual([{ id: 'job_2' }])
  })

  it.each<[string, string, object, string, RegExp]>([
    [
      'no such column',
      'id text primary key',
      { columns: { state: '/state' } },
      '42703',
      /"state".*correct `sinks.mine.columns`/,
    ],
    ['no unique key', 'id text', {}, '42P10', /unique constraint on exactly \(id\)/],
    ['nothing for a column', 'id text primary key, pages int not null', {}, '23502', /the column pages under/],
    [
      'a number in a date',
      'id text primary key, at timestamptz',
      { columns: { at: '/key' } },
      '22007',
      /types of the columns/,
    ],
    [
      'another row',
      'id text primary key, one text unique',
      { columns: { one: { fixed: 'x' } } },
      '23505',
      /must be unique/,
    ],
  ])('that refuses (%s) says what to do', async (_name, columns, options, state, message) => {
    const { deliver } = await setup(columns, options)
    await deliver([done('job_1')])
    const [answer] = await deliver([done('job_2')])
    // The table itself can still be mended; what is wrong with this row alone cannot.
    const isOfTheTable = state.startsWith('42')
    expect(answer).toEqual({
      kind: isOfTheTable ? 'retry' : 'rejected',
      error: { code: `SQLSTATE_${state}`, message: expect.stringMatching(message), retryable: isOfTheTable },
    })
  })

  it('that is not there is named', async () => {
    const [answer] = await open({ table: 'app.nowhere' }).deliver([done('job_1')])
    const message = expect.stringMatching(/^app\.nowhere: relation "app.nowhere" does not exist\. Make the table/)
    expect(answer).toMatchObject({ kind: 'retry', error: { code: 'SQLSTATE_42P01', message } })
  })

  it('that waits for the row of another table is tried again, and its neighbours are not', async () => {
    await db().query('create table app.parent (id text primary key)')
    const { deliver, rows } = await setup('id text primary key, parent text references app.parent', {
      columns: { parent: '/output/parent' },
    })
    const [first, second] = await deliver([done('job_1', { output: { parent: 'p' } }), done('job_2')])
    expect(first).toMatchObject({ kind: 'retry', error: { code: 'SQLSTATE_23503' } })
    expect(first).not.toHaveProperty('isFault')
    expect(second).toMatchObject({ kind: 'delivered' })
    expect(await rows()).toHaveLength(1)
  })

  it('cannot be made to run what a result says', async () => {
    const { deliver, rows } = await setup(`id text primary key, "a"" drop" text`, { columns: { 'a" drop': '/key' } })
    const key = `'; drop schema app cascade; --`
    await deliver([deliveryOf(resultWith({ id: 'job_1', key }))])
    expect(await rows()).toEqual([{ id: 'job_1', 'a" drop': key }])
  })
})
