/** Judges a template of what is signed together with where its time stands: what could be forged is refused at the start. */
import type { z } from 'zod'
import { faultOfTemplate, requestParts, type TemplateFault } from '../core/signature/template.ts'
import { didYouMean } from './problem.ts'

interface Described {
  signed: string
  timestampHeader?: string | undefined
  signatureField?: string | undefined
  timestampField?: string | undefined
}

export function checkSigned(options: Described, context: z.RefinementCtx<Described>): void {
  const { signed, timestampHeader, signatureField, timestampField } = options
  const complain = (option: keyof Described, message: string) =>
    context.addIssue({ code: 'custom', path: [option], message })
  const fault = faultOfTemplate(signed, timestampHeader !== undefined || timestampField !== undefined)
  if (fault !== undefined) complain('signed', expectationOf(fault))
  if (timestampField !== undefined && signatureField === undefined) {
    complain('timestampField', '`signatureField` beside it, since both name fields of one header')
  }
  if (timestampField !== undefined && timestampHeader !== undefined) {
    complain('timestampField', 'either this or `timestampHeader`')
  }
}

function expectationOf(fault: TemplateFault): string {
  switch (fault.kind) {
    case 'unknown-part': {
      const known = [...requestParts, 'timestamp']
      const near = didYouMean(fault.part, known)
      return `parts such as ${known.map((part) => `{${part}}`).join(', ')} or {header:NAME}, and \`${fault.part}\` is none${near}`
    }
    case 'no-body':
      return '{body} or {bodySha256} in it: else anybody could send another body with the same signature'
    case 'time-not-signed':
      return '{timestamp} in it: a time that is not signed could be changed by anybody'
    case 'time-nowhere':
      return '`timestampHeader` or `timestampField` beside it, which say where {timestamp} comes from'
    case 'touching':
      return `a mark between {${fault.left}} and {${fault.right}}: else what is signed could be cut elsewhere`
    default:
      return fault satisfies never
  }
}
