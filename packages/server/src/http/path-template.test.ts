import { describe, expect, it } from 'vitest'
import { routePaths } from './path-template.ts'

describe('a path that a source claims', () => {
  it('is routed with names of ours and gives back theirs', () => {
    const template = '/webhook/{job-id}/of/{operation}'
    expect(routePaths([{ source: 'nca', template }])).toEqual([
      { source: 'nca', template, pattern: '/webhook/:p0/of/:p1', names: ['job-id', 'operation'] },
    ])
  })

  it.each([
    '',
    '/',
    'webhook',
    '/a//b',
    '/a/{}',
    '/a/{1}',
    '/a/b{c}',
    '/a/*',
    '/a/:id',
    '/a?b',
    '/a#b',
    '/a b',
    '/in/x',
    '/v1/x',
    '/livez',
  ])('is refused when it is %j', (template) => {
    expect(() => routePaths([{ source: 'nca', template }])).toThrow(`Path ${template} of source nca`)
  })

  it('belongs to one source', () => {
    const twice = [
      { source: 'one', template: '/hook/{a}' },
      { source: 'two', template: '/hook/{b}' },
    ]
    expect(() => routePaths(twice)).toThrow('is also a path of source one')
  })
})
