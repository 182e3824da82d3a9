// What a plane of Toy plane computes: places, shares of its square, interpolation.
import assert from "node:assert/strict"
import { test } from "node:test"
import { interpolate, placeAt, shares, within } from "../../app/views/toy_plane/draw.js"
import { nearAll } from "./near.js"

const SQUARE = { x: 1, y: -2, half: 4 }

test("shares run from the square's top left, and places from them are the same again", () => {
  nearAll(shares(SQUARE, [-3, 2]), [0, 0])
  nearAll(shares(SQUARE, [1, -2]), [0.5, 0.5])
  nearAll(shares(SQUARE, [5, -6]), [1, 1])
  nearAll(placeAt(SQUARE, shares(SQUARE, [0.3, -4.4])), [0.3, -4.4])
})

test("what is within a square includes its edges", () => {
  assert.deepEqual(
    [
      [0, 0],
      [1, 1],
      [0.2, 0.9],
    ].map(([x, y]) => within([x, y])),
    [true, true, true],
  )
  assert.deepEqual(
    [
      [-1e-9, 0],
      [0.5, 1.001],
    ].map(([x, y]) => within([x, y])),
    [false, false],
  )
})

test("records are interpolated between the four nodes around a place", () => {
  // Nodes 3 × 3 of records of two numbers: ten times the column, and a hundred times the row.
  const nodes = [0, 1, 2].flatMap((row) => [0, 1, 2].flatMap((column) => [10 * column, 100 * row]))
  const lattice = Uint8Array.from(nodes)
  assert.deepEqual([...interpolate(lattice, 3, [0, 0])], [0, 0])
  assert.deepEqual([...interpolate(lattice, 3, [1, 1])], [20, 200])
  assert.deepEqual([...interpolate(lattice, 3, [0.25, 0.75])], [5, 150])
  assert.deepEqual([...interpolate(lattice, 3, [0.6, 0.1])], [12, 20])
})
