// What the maps of Clusters compute: which point is meant, what is seen, colours, the selection.
import assert from "node:assert/strict"
import { test } from "node:test"
import {
  classPalette,
  isDark,
  mix,
  rgb,
  tonesOf,
  valuePalette,
  valueRange,
} from "../../app/views/clusters/colors.js"
import { thin } from "../../app/views/clusters/draw.js"
import { Frame } from "../../app/views/clusters/frame.js"
import { PointIndex } from "../../app/views/clusters/index.js"
import { selection } from "../../app/views/clusters/selection.js"
import { near, nearAll } from "./near.js"

const ALL = () => true

/** A thousand points that are the same in every run of the test. */
function scattered() {
  let state = 1
  return Float32Array.from({ length: 2000 }, () => {
    state = (state * 48271) % 2147483647
    return 10 * (state / 2147483647) ** 2
  })
}

test("the index finds the point that a search of all finds", () => {
  const points = scattered()
  const index = new PointIndex(points)
  const odd = (/** @type {number} */ at) => at % 2 === 1
  for (const [x, y] of [
    [5, 5],
    [0, 0],
    [9.7, 0.2],
    [-3, 4],
    [12, 12],
  ]) {
    const distance = (/** @type {number} */ at) =>
      Math.hypot(points[2 * at] - x, points[2 * at + 1] - y)
    const known = Array.from({ length: 1000 }, (_, at) => at).filter(odd)
    const best = known.reduce((one, other) => (distance(other) < distance(one) ? other : one))
    assert.equal(index.nearest(x, y, 100, odd), best)
    assert.equal(index.nearest(x, y, 0.99 * distance(best), odd), -1, "nothing within the radius")
  }
})

test("an index of one point, and of points on one line", () => {
  assert.equal(new PointIndex(Float32Array.of(3, 3)).nearest(3, 3.5, 1, ALL), 0)
  assert.equal(new PointIndex(Float32Array.of(0, 7, 1, 7, 2, 7)).nearest(1.2, 7, 1, ALL), 1)
})

test("a lasso selects what is inside by the even-odd rule, of what is visible", () => {
  const points = Float32Array.of(1, 1, 3, 3, 5, 1, 3, 1.5)
  const index = new PointIndex(points)
  assert.deepEqual(
    index.inside(
      [
        [0, 0],
        [6, 0],
        [3, 2],
      ],
      ALL,
    ),
    [3],
  )
  // A bow tie: left and right of its crossing are inside, above and below are not.
  /** @type {[number, number][]} */
  const bow = [
    [0, 0],
    [6, 2],
    [6, 0],
    [0, 2],
  ]
  assert.deepEqual(index.inside(bow, ALL), [0, 2])
  assert.deepEqual(
    index.inside(bow, (at) => at !== 0),
    [2],
  )
})

const CANVAS = { clientWidth: 400, clientHeight: 300 }
const BOX = { left: -2, low: 1, width: 8, height: 4 }

test("the whole map is in the middle of its canvas, upright and to scale", () => {
  const frame = new Frame(CANVAS, BOX)
  nearAll(frame.placeOf(2, 3), [200, 150])
  const [left, bottom] = frame.placeOf(-2, 1)
  const [right, top] = frame.placeOf(6, 5)
  near(left, 400 - right)
  near(bottom, 300 - top)
  assert.ok(left > 0 && top > 0 && top < bottom, "y points up")
  near((right - left) / 8, (bottom - top) / 4)
  nearAll(frame.pointAt(frame.placeOf(0.3, 4.2)), [0.3, 4.2])
  assert.equal(frame.part, null)
})

test("zooming leaves the point under the pointer where it is", () => {
  const frame = new Frame(CANVAS, BOX)
  const before = frame.pointAt([150, 120])
  frame.zoom(3, [150, 120])
  nearAll(frame.pointAt([150, 120]), before)
  frame.zoom(1e9, [200, 150])
  assert.equal(frame.part?.[0], 60, "the most")
  frame.zoom(1e-9, [200, 150])
  assert.equal(frame.part, null, "the least is the whole map")
})

test("panning stops where the map's box leaves the middle", () => {
  const frame = new Frame(CANVAS, BOX)
  frame.zoom(4, [200, 150])
  frame.pan(-1e6, 1e6)
  nearAll(frame.pointAt([200, 150]), [6, 5])
})

test("a part that was told shows the same again", () => {
  const frame = new Frame(CANVAS, BOX)
  frame.zoom(5, [100, 80])
  frame.pan(13, -7)
  const { part } = frame
  const other = new Frame(CANVAS, BOX)
  other.part = part
  nearAll(other.pointAt([10, 10]), frame.pointAt([10, 10]), 1e-3)
  assert.deepEqual(other.part, part)
  other.part = null
  assert.equal(other.part, null)
})

test("colours are read as CSS computes them or as they are written", () => {
  assert.deepEqual(rgb("#0a10ff"), [10, 16, 255])
  assert.deepEqual(rgb("rgb(1, 2, 3)"), [1, 2, 3])
  assert.deepEqual(rgb("rgba(1, 2, 3, 0.5)"), [1, 2, 3])
  assert.equal(isDark([14, 17, 23]), true)
  assert.equal(isDark([255, 255, 255]), false)
  assert.deepEqual(mix([0, 100, 200], [100, 0, 200], 0.25), [25, 75, 200])
  assert.deepEqual([...classPalette(["#010203", "#040506"]).subarray(0, 6)], [1, 2, 3, 4, 5, 6])
})

test("a scale of values grows lighter, and differs between a light and a dark page", () => {
  for (const dark of [false, true]) {
    const palette = valuePalette(dark)
    const lightness = (/** @type {number} */ tone) =>
      0.3 * palette[3 * tone] + 0.6 * palette[3 * tone + 1] + 0.1 * palette[3 * tone + 2]
    for (let tone = 16; tone < 256; tone += 16) assert.ok(lightness(tone) > lightness(tone - 16))
  }
  assert.notDeepEqual(valuePalette(false), valuePalette(true))
})

test("values beyond the 99 % quantile share the last tone", () => {
  const values = Float32Array.from({ length: 101 }, (_, at) => at)
  values[100] = 1e6
  const range = valueRange([values.subarray(0, 50), values.subarray(50)])
  assert.deepEqual(range, { low: 0, high: 99, most: 1e6 })
  const tones = tonesOf(values, range)
  assert.deepEqual([tones[0], tones[99], tones[100]], [0, 255, 255])
  assert.deepEqual([...tonesOf(Float32Array.of(5, 5), { low: 5, high: 5 })], [0, 0])
})

test("thumbnails that are drawn do not lie on one another, the first first", () => {
  const points = scattered()
  const which = Array.from({ length: 1000 }, (_, at) => at)
  const kept = thin(points, 30, which, 29)
  assert.equal(kept[0], 0)
  for (const one of which) {
    const overlaps = kept.some(
      (other) =>
        other !== one
        && Math.abs(points[2 * one] - points[2 * other]) * 30 < 29
        && Math.abs(points[2 * one + 1] - points[2 * other + 1]) * 30 < 29,
    )
    assert.notEqual(kept.includes(one), overlaps, "drawn, or in the way of one that is")
  }
})

test("a selection is replaced, added to, or toggled, in the order it was made", () => {
  assert.deepEqual(selection([4, 2], [2, 7], "replace"), [2, 7])
  assert.deepEqual(selection([4, 2], [2, 7], "add"), [4, 2, 7])
  assert.deepEqual(selection([4, 2], [2, 7], "toggle"), [4, 7])
  assert.deepEqual(selection([4], [4], "toggle"), [])
  assert.deepEqual(selection([1], [], "replace"), [])
})
