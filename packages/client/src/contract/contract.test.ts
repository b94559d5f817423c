import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as contract from './index.ts'
import { errorCodes, expectationQuerySchema, isStorableJson, registerExpectationSchema, storableText } from './index.ts'

describe('the contract', () => {
  it('describes every field of every named schema', () => {
    const undescribed: string[] = []
    for (const [name, exported] of Object.entries(contract)) {
      if (!(exported instanceof z.ZodObject)) continue
      for (const [field, schema] of Object.entries(exported.shape)) {
        if (!(schema instanceof z.ZodType) || describedBy(schema)) continue
        undescribed.push(`${name}.${field}`)
      }
    }
    expect(undescribed).toEqual([])
  })

  it('takes a filter several times, as a list with commas, or not at all', () => {
    expect(expectationQuerySchema.parse({ state: 'waiting,unconfirmed' }).state).toEqual(['waiting', 'unconfirmed'])
    expect(expectationQuerySchema.parse({ state: ['waiting', 'failed'] }).state).toEqual(['waiting', 'failed'])
    expect(expectationQuerySchema.parse({})).toEqual({ limit: 50 })
    expect(expectationQuerySchema.safeParse({ state: 'wating' }).success).toBe(false)
    expect(expectationQuerySchema.safeParse({ limit: '201' }).success).toBe(false)
  })

  it('refuses what PostgreSQL cannot store, wherever it hides', () => {
    const spec = { source: 'a', operation: 'b', key: 'k' }
    expect(registerExpectationSchema.safeParse({ ...spec, key: 'a\u0000b' }).success).toBe(false)
    expect(registerExpectationSchema.safeParse({ ...spec, input: { deep: [{ '\ud800': 1 }] } }).success).toBe(false)
    expect(registerExpectationSchema.safeParse({ ...spec, input: { fine: '😀' } }).success).toBe(true)
  })

  it('refuses JSON that is nested absurdly deep without falling over', () => {
    expect(isStorableJson(JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`))).toBe(false)
  })

  it('makes any text storable and leaves storable ones alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
        const storable = storableText(text)
        return contract.isStorableText(storable) && (!contract.isStorableText(text) || storable === text)
      }),
    )
  })

  it('gives every error a status, a title and a hint that are sentences', () => {
    for (const [code, entry] of Object.entries(errorCodes)) {
      expect(code).toMatch(/^[A-Z][A-Z_]+$/)
      expect(entry.status, code).toBeGreaterThanOrEqual(400)
      expect(entry.title, code).toMatch(/^[A-Z]/)
      expect(entry.hint, code).toMatch(/[.?!]$/)
    }
  })
})

/** Looks through optional, nullable and default wrappers, which carry no description of their own. */
function describedBy(schema: z.ZodType): boolean {
  if (schema.description !== undefined) return true
  return 'unwrap' in schema && typeof schema.unwrap === 'function' && describedBy(schema.unwrap())
}
