// Numbers that are the same but for rounding.
import assert from "node:assert/strict"

/** @param {number | null} actual @param {number} expected */
export function near(actual, expected, tolerance = 1e-12) {
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= tolerance,
    `${actual} is not ${expected}, to ${tolerance}`,
  )
}

/** @param {ArrayLike<number>} actual @param {ArrayLike<number>} expected */
export function nearAll(actual, expected, tolerance = 1e-12) {
  assert.equal(actual.length, expected.length)
  Array.from(expected, (value, at) => near(actual[at], value, tolerance))
}
