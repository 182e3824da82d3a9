// Every op of networks.json, and networks of them, against torch's numbers (make_fixtures.py).
import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"
import { compile } from "../../app/web/engine/compile.js"
import { KINDS } from "../../app/web/engine/kinds.js"
import { tensorsOf } from "./helpers.js"

const FOLDER = new URL("./fixtures/", import.meta.url)
const CLOSE = 1e-5 // of one, or of the number itself where it is larger
const cases = readdirSync(FOLDER).map((file) => ({
  file,
  ...JSON.parse(readFileSync(new URL(file, FOLDER), "utf-8")),
}))

/**
 * @param {Float32Array} found
 * @param {number[]} wanted
 */
function assertClose(found, wanted) {
  assert.equal(found.length, wanted.length)
  wanted.forEach((value, at) => {
    const difference = Math.abs(found[at] - value)
    assert.ok(
      difference <= CLOSE * Math.max(1, Math.abs(value)),
      `${at}: ${found[at]}, not ${value}`,
    )
  })
}

for (const { file, graph, tensors, input, outputs } of cases) {
  test(`${file} as in torch`, () => {
    const network = compile(graph, tensorsOf(tensors), Object.keys(outputs))
    // Again with other numbers between: nothing of an earlier run may stay behind.
    for (const values of [input, input.map((/** @type {number} */ value) => 3 - value), input]) {
      const found = network.run(values)
      if (values !== input) continue
      for (const [name, wanted] of Object.entries(outputs)) assertClose(found[name], wanted)
    }
  })
}

test("the fixtures have every kind of op", () => {
  const kinds = cases.flatMap(({ graph: { ops } }) => ops.map((/** @type {any} */ { op }) => op))
  assert.deepEqual([...new Set(kinds)].sort(), Object.keys(KINDS).sort())
})
