import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAddressBook } from './address-book.ts'

function book() {
  const addresses = createAddressBook()
  for (const method of ['GET', 'POST']) addresses.add(method, '/v1/jobs')
  addresses.add('GET', '/v1/jobs/:id')
  addresses.add('POST', '/v1/jobs/:id/retry')
  addresses.add('POST', '/in/:source')
  addresses.add('GET', '/assets/*')
  return addresses
}

describe('the address book', () => {
  it('knows the methods of an address, parameters or not', () => {
    expect(book().methodsOf('/v1/jobs/')).toEqual(['GET', 'POST'])
    expect(book().methodsOf('/v1/jobs/job_1')).toEqual(['GET'])
    expect(book().methodsOf('/v1/jobs/job_1/retry/again')).toEqual([])
    expect(book().methodsOf('/v1/jobs/:id')).toEqual(['GET'])
    expect(book().methodsOf('/assets/a.js')).toEqual([])
  })

  it.each([
    ['/v1/job', '/v1/jobs'],
    ['/V1/Jobs', '/v1/jobs'],
    ['/jobs', '/v1/jobs'],
    ['/v1/jobs/job_1/retyr', '/v1/jobs/job_1/retry'],
    ['/v1/jbos/job_1', '/v1/jobs/job_1'],
    ['/completely/else/where', undefined],
  ])('for %s suggests %s', (path, suggestion) => {
    expect(book().suggestionFor(path)).toBe(suggestion)
  })

  it('suggests only addresses that are there, whatever was asked for', () => {
    const addresses = book()
    fc.assert(
      fc.property(fc.webPath(), (path) => {
        const suggestion = addresses.suggestionFor(path)
        return suggestion === undefined || addresses.methodsOf(suggestion).length > 0
      }),
    )
  })
})
