// What Interpolate says of a path.
import assert from "node:assert/strict"
import { test } from "node:test"
import { likeliest, sharesAt, sharesInWords } from "../../app/views/interpolate/words.js"
import { nearAll } from "./near.js"

// Three steps of two classes, in numbers that float32 has exactly.
const PROBABILITIES = Float32Array.of(1, 0, 0.75, 0.25, 0, 1)

test("probabilities between steps are linear between theirs", () => {
  nearAll(sharesAt(PROBABILITIES, 2, 0), [1, 0])
  nearAll(sharesAt(PROBABILITIES, 2, 0.25), [0.875, 0.125])
  nearAll(sharesAt(PROBABILITIES, 2, 0.5), [0.75, 0.25])
  nearAll(sharesAt(PROBABILITIES, 2, 1), [0, 1])
})

test("the likeliest class is the first of equals", () => {
  assert.equal(likeliest([0.2, 0.4, 0.4]), 1)
})

test("the likeliest classes in words, by runs of steps", () => {
  const rows = [0, 0, 1, 0, 1, 1, 1].flatMap((label) => (label ? [0, 1] : [1, 0]))
  assert.equal(
    sharesInWords(Float32Array.from(rows), ["cat", "dog"]),
    "The likeliest class by step: cat in 1–2, 4; dog in 3, 5–7",
  )
})
