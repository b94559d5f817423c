/** `${NAME}` in the file stands for a variable of the environment. `$${NAME}` stands for itself. Nothing else is special. */

export interface Interpolation {
  text: string
  /** The variables that were put in. */
  names: string[]
  /** The variables that are not there. */
  missing: string[]
  /** What looks like a variable and is none, such as `${name:-x}`. */
  malformed: string[]
}

const REFERENCE = /\$(\$)?\{([^}]*)\}/g
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export function interpolate(template: string, lookUp: (name: string) => string | undefined): Interpolation {
  const result: Interpolation = { text: '', names: [], missing: [], malformed: [] }
  result.text = template.replace(REFERENCE, (whole: string, escaped: string | undefined, name: string) => {
    if (escaped !== undefined) return whole.slice(1)
    if (!NAME.test(name)) {
      result.malformed.push(whole)
      return whole
    }
    const value = lookUp(name)
    if (value === undefined) {
      result.missing.push(name)
      return ''
    }
    result.names.push(name)
    return value
  })
  return result
}
