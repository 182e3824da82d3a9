// Checks what Python sends to a live view, at the border, against the shape that is generated from
// Python's types (app/payloads.py).

/**
 * @typedef {"string" | "number" | "integer" | "boolean" | "null"} Plain
 * @typedef {Plain
 *   | { object: Record<string, Shape> }
 *   | { map: Shape }
 *   | { list: Shape }
 *   | { tuple: Shape[] }
 *   | { oneOf: (string | number | boolean)[] }
 *   | { any: Shape[] }} Shape
 */

/** @type {Record<Plain, (value: unknown) => boolean>} */
const PLAIN = {
  string: (value) => typeof value === "string",
  number: Number.isFinite,
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
}

/**
 * What is wrong with a value, in words; null if nothing is. Keys that the shape lacks are let pass.
 * @param {unknown} value
 * @param {Shape} shape
 * @param {string} [name] what to call it
 * @returns {string | null}
 */
export function mismatch(value, shape, name = "data") {
  if (typeof shape === "string") return PLAIN[shape](value) ? null : `${name} is no ${shape}`
  if ("any" in shape) {
    const problems = shape.any.map((each) => mismatch(value, each, name))
    return problems.includes(null) ? null : problems[0]
  }
  if ("oneOf" in shape) {
    const known = shape.oneOf.some((each) => each === value)
    return known ? null : `${name} is none of ${shape.oneOf.join(", ")}`
  }
  if ("list" in shape || "tuple" in shape) {
    if (!Array.isArray(value)) return `${name} is no list`
    if ("tuple" in shape && value.length !== shape.tuple.length) {
      return `${name} has not ${shape.tuple.length} entries`
    }
    const each = (/** @type {number} */ at) => ("list" in shape ? shape.list : shape.tuple[at])
    return first(value.map((entry, at) => () => mismatch(entry, each(at), `${name}[${at}]`)))
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return `${name} is no object`
  }
  const record = /** @type {Record<string, unknown>} */ (value)
  const entries = "map" in shape ? Object.keys(record) : Object.keys(shape.object)
  return first(
    entries.map((key) => () => {
      if (!(key in record)) return `${name} has no ${key}`
      const inner = "map" in shape ? shape.map : shape.object[key]
      return mismatch(record[key], inner, `${name}.${key}`)
    }),
  )
}

/** @param {(() => string | null)[]} checks */
function first(checks) {
  for (const check of checks) {
    const problem = check()
    if (problem) return problem
  }
  return null
}
