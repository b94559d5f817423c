import { describe, expect, it } from 'vitest'
import { fieldErrors } from './field-errors.ts'

const unknownKeys = (...keys: string[]) => ({
  keyword: 'unrecognized_keys',
  instancePath: '/',
  message: `Unrecognized key: ${keys.join()}`,
  params: { keys },
})

describe('field errors', () => {
  it('name the part and the field', () => {
    const issue = { keyword: 'too_big', instancePath: '/limit', message: 'Too big', params: {} }
    expect(fieldErrors([issue], 'querystring', () => [])).toEqual([{ field: 'query.limit', message: 'Too big' }])
    expect(fieldErrors([{ ...issue, instancePath: '/error/code' }], 'body', () => [])[0]?.field).toBe('body.error.code')
    expect(fieldErrors([{ ...issue, instancePath: '/id' }], 'params', () => [])[0]?.field).toBe('path.id')
  })

  it('suggest the name that was nearly right, and only then', () => {
    const known = () => ['expectWithin', 'deadline']
    expect(fieldErrors([unknownKeys('expectWithn')], 'body', known)[0]?.message).toContain(
      'did you mean "expectWithin"?',
    )
    expect(fieldErrors([unknownKeys('colour')], 'body', known)[0]?.message).not.toContain('did you mean')
  })

  it('stay short however much is wrong', () => {
    const issues = Array.from({ length: 1_000 }, () => unknownKeys('x'.repeat(10_000)))
    const errors = fieldErrors(issues, 'body', () => ['key'])
    expect(errors).toHaveLength(20)
    expect(errors[0]?.message.length).toBeLessThan(600)
  })
})
