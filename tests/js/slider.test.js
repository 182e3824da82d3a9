// Where a playing slider goes.
import assert from "node:assert/strict"
import { test } from "node:test"
import { swept } from "../../app/web/dom/slider.js"

test("a playing slider goes to and fro between its ends", () => {
  let [value, forwards] = [0.5, true]
  const seen = Array.from({ length: 8 }, () => {
    ;({ value, forwards } = swept(value, forwards, 0.75, 2))
    return value
  })
  assert.deepEqual(seen, [1.25, 2, 1.25, 0.5, 0, 0.75, 1.5, 2])
})

test("a frame that took no time leaves it where it is, going the same way", () => {
  assert.deepEqual(swept(1, true, 0, 2), { value: 1, forwards: true })
  assert.deepEqual(swept(1, false, 0, 2), { value: 1, forwards: false })
})
