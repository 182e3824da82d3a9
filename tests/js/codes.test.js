// Moves between codes, against what geometry says of them.
import assert from "node:assert/strict"
import { test } from "node:test"
import { analogy, angleBetween, distances, makePath, nearest } from "../../app/web/engine/codes.js"
import { norm } from "../../app/web/engine/latent.js"

/**
 * @param {number[]} found
 * @param {number[]} wanted
 */
function assertClose(found, wanted) {
  assert.equal(found.length, wanted.length)
  wanted.forEach((value, at) => {
    assert.ok(Math.abs(found[at] - value) < 1e-12, `${found}, not ${wanted}`)
  })
}

test("angles are those between the codes' directions, whatever their lengths", () => {
  const right = angleBetween([3, 0], [0, 0.5])
  assert.ok(right !== null && Math.abs(right - Math.PI / 2) < 1e-12)
  const half = angleBetween([1, 0, 0], [7, 7, 0])
  assert.ok(half !== null && Math.abs(half - Math.PI / 4) < 1e-12)
})

test("no single arc joins codes of one direction, of opposite ones, or the origin", () => {
  for (const end of [
    [2, 4],
    [-1, -2],
    [0, 0],
    [1, 2 + 1e-5],
  ]) {
    assert.equal(angleBetween([1, 2], end), null)
  }
  assert.equal(angleBetween([0, 0], [1, 2]), null)
})

test("a straight path passes its ends and the middle between them", () => {
  const path = makePath([0, 4], [2, 0], false)
  assert.equal(path.straight, true)
  assertClose(path.at(0), [0, 4])
  assertClose(path.at(0.5), [1, 2])
  assertClose(path.at(1), [2, 0])
})

test("an arc turns evenly, and its length goes evenly from one end's to the other's", () => {
  const [start, end] = [
    [1, 0],
    [0, 3],
  ]
  const path = makePath(start, end, true)
  assert.equal(path.straight, false)
  assertClose(path.at(0), start)
  assertClose(path.at(1), end)
  for (const share of [0.25, 0.5, 0.75]) {
    const [x, y] = path.at(share)
    assertClose([Math.atan2(y, x), norm([x, y])], [(share * Math.PI) / 2, 1 + 2 * share])
  }
})

test("where there is no arc, the path that was to be one is straight, and says so", () => {
  const path = makePath([1, 1], [-2, -2], true)
  assert.equal(path.straight, true)
  assertClose(path.at(1 / 3), [0, 0])
})

test("analogies add a share of the difference", () => {
  assert.deepEqual(
    analogy(
      [
        [1, 2],
        [3, 3],
        [5, 0],
      ],
      0.5,
    ),
    [2, 0.5],
  )
})

test("the nearest code is found with its distance", () => {
  const codes = Float32Array.of(0, 0, 3, 4, -1, 0)
  assert.deepEqual(nearest(codes, [3, 3]), { index: 1, distance: 1 })
  assert.deepEqual(nearest(codes, [0, 0]), { index: 0, distance: 0 })
})

test("distances are those to the nearest code, until they are given up", async () => {
  const codes = Float32Array.of(0, 0, 3, 4)
  const turn = new AbortController()
  assert.deepEqual(
    await distances(
      codes,
      [
        [0, 2],
        [3, 4],
        [6, 8],
      ],
      turn.signal,
    ),
    [2, 0, 5],
  )
  turn.abort()
  assert.deepEqual(await distances(codes, [[0, 2]], turn.signal), [])
})
