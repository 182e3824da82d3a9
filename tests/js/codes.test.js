// Paths, analogies and neighbours of codes, as muvae.analysis.latent defines them.
import assert from "node:assert/strict"
import { test } from "node:test"
import {
  analogy,
  angleBetween,
  codeAt,
  distances,
  makePath,
  nearest,
} from "../../app/web/engine/codes.js"
import { near, nearAll } from "./near.js"

const length = (/** @type {number[]} */ code) => Math.hypot(...code)

test("the angle between two codes is seen from the origin", () => {
  near(angleBetween([1, 0], [0, 3]), Math.PI / 2)
  near(angleBetween([1, 0, 0], [1, 1, 0]), Math.PI / 4)
  // where the arc cosine has lost its digits
  near(angleBetween([1, 0], [1, 1e-3]), 1e-3, 1e-9)
})

test("no single arc joins codes on a line through the origin", () => {
  assert.equal(angleBetween([1, 2], [2, 4]), null)
  assert.equal(angleBetween([1, 2], [-1, -2]), null)
  assert.equal(angleBetween([0, 0], [1, 0]), null)
  const path = makePath([1, 2], [-3, -6], true)
  assert.equal(path.straight, true)
  nearAll(path.at(0.25), [0, 0])
})

test("a straight path moves evenly from start to end", () => {
  const path = makePath([0, 2], [4, -2], false)
  assert.equal(path.straight, true)
  nearAll(path.at(0), [0, 2])
  nearAll(path.at(0.25), [1, 1])
  nearAll(path.at(1), [4, -2])
})

test("a spherical path turns evenly, and its length changes evenly", () => {
  const [start, end] = [
    [2, 0, 0],
    [0, 4, 0],
  ]
  const path = makePath(start, end, true)
  assert.equal(path.straight, false)
  nearAll(path.at(0), start)
  nearAll(path.at(1), end)
  for (const share of [0.1, 0.5, 0.8]) {
    const code = path.at(share)
    near(length(code), 2 + 2 * share)
    near(angleBetween(start, code), (share * Math.PI) / 2)
  }
})

test("an analogy adds a share of c − b to a", () => {
  const codes = [
    [1, 2],
    [5, 5],
    [6, 3],
  ]
  nearAll(analogy(codes, 1), [2, 0])
  nearAll(analogy(codes, 0), [1, 2])
  nearAll(analogy(codes, 0.5), [1.5, 1])
})

test("the nearest code is found with its distance, the first of equals", () => {
  const codes = Float32Array.of(0, 0, 3, 4, 3, 4, 9, 9)
  assert.deepEqual(nearest(codes, [3, 3]), { index: 1, distance: 1 })
  assert.deepEqual(nearest(codes, [0, 0]), { index: 0, distance: 0 })
})

test("distances of several codes; none after an abort", async () => {
  const codes = Float32Array.of(0, 0, 3, 4)
  const queries = [
    [0, 1],
    [6, 8],
  ]
  const open = new AbortController().signal
  assert.deepEqual(await distances(codes, queries, open), [1, 5])
  assert.deepEqual(await distances(codes, queries, AbortSignal.abort()), [])
})

test("sliders move their dimensions from the base point to the ends of the range", () => {
  const run = { base: [1, 0, -2], low: [-1, -4, -1], high: [3, 2, 0], order: [2, 0, 1] }
  nearAll(codeAt(run, [0, 0, 0]), run.base)
  nearAll(codeAt(run, [1, -1, 0.5]), [-1, 1, 0])
  // The base lies below the range of its last dimension: backwards, there is no way to go.
  nearAll(codeAt(run, [-1, 0.25, 0]), [1.5, 0, -2])
  // A run of fewer dimensions takes the sliders that it has.
  nearAll(codeAt({ base: [0], low: [-1], high: [1], order: [0] }, [0.5, 1, 1]), [0.5])
})
