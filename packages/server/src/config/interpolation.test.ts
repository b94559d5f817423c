import fc from 'fast-check'
import { expect, it } from 'vitest'
import { interpolate } from './interpolation.ts'

const variables: Record<string, string> = { HOST: 'db', PORT: '5432', ODD: `$& \${HOST} $1` }
const put = (text: string) => interpolate(text, (name) => variables[name])

it('puts variables in', () => {
  expect(put(`//\${HOST}:\${PORT}/x`)).toMatchObject({ text: '//db:5432/x', names: ['HOST', 'PORT'] })
})

it('puts a value in as it is, and does not look into it again', () => {
  expect(put(`<\${ODD}>`).text).toBe(`<$& \${HOST} $1>`)
})

it('leaves what is escaped, and any other dollar', () => {
  expect(put(`$\${HOST} $HOST $5 $`).text).toBe(`\${HOST} $HOST $5 $`)
})

it('tells what is missing and what is no variable', () => {
  expect(put(`\${NOBODY} \${HOST:-x} \${}`)).toMatchObject({ missing: ['NOBODY'], malformed: [`\${HOST:-x}`, `\${}`] })
})

it('changes no text without references', () => {
  const plain = fc.string().filter((text) => !text.includes('{'))
  fc.assert(fc.property(plain, (text) => put(text).text === text))
})
