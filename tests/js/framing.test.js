// Pictures laid out as a dataset's images are; tests/browser/test_draw.py holds it against Python's.
import assert from "node:assert/strict"
import { test } from "node:test"
import { frame } from "../../app/web/engine/framing.js"

const SIDE = 28
const SQUARE = { width: SIDE, height: SIDE }

/**
 * A black picture with a rectangle of one grey level.
 * @param {number} width
 * @param {number} height
 * @param {{ left: number, top: number, wide: number, tall: number, level: number }} box
 */
function picture(width, height, { left, top, wide, tall, level }) {
  const grey = new Uint8Array(width * height)
  for (let y = top; y < top + tall; y += 1)
    grey.fill(level, y * width + left, y * width + left + wide)
  return grey
}

/** The box around all that is not black. @param {Uint8Array | null} image */
function boxOf(image) {
  assert.ok(image)
  assert.equal(image.length, SIDE * SIDE)
  const lit = [...image.keys()].filter((at) => image[at])
  const columns = lit.map((at) => at % SIDE)
  const rows = lit.map((at) => Math.floor(at / SIDE))
  const [left, right] = [Math.min(...columns), Math.max(...columns)]
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)]
  return { left, top, wide: right - left + 1, tall: bottom - top + 1 }
}

test("an all black picture has no image", () => {
  assert.equal(frame(new Uint8Array(12), 4, 3, { side: 20, byMass: true }, SQUARE), null)
})

test("the longer side of what is not black becomes the dataset's, the other in proportion", () => {
  const grey = picture(100, 80, { left: 3, top: 5, wide: 60, tall: 30, level: 200 })
  const image = frame(grey, 100, 80, { side: 20, byMass: false }, SQUARE)
  assert.deepEqual(boxOf(image), { left: 4, top: 9, wide: 20, tall: 10 })
  assert.ok(
    image?.every((level) => level === 0 || level === 200),
    "a flat area stays flat",
  )
})

test("a thin line keeps at least one pixel", () => {
  const grey = picture(500, 500, { left: 10, top: 7, wide: 400, tall: 1, level: 255 })
  assert.equal(boxOf(frame(grey, 500, 500, { side: 20, byMass: false }, SQUARE)).tall, 1)
})

test("scaling averages areas", () => {
  // Two pixels become one: black and white make grey, rounded up.
  const grey = Uint8Array.of(255, 0, 255, 255)
  const image = frame(grey, 4, 1, { side: 2, byMass: false }, SQUARE)
  assert.deepEqual(
    image?.filter((level) => level),
    Uint8Array.of(128, 255),
  )
})

test("by mass, the centre of mass is in the middle", () => {
  // A bright half and a faint half, 20 wide: the mass lies left of the box's middle.
  const grey = new Uint8Array(20 * 20)
  for (let y = 0; y < 20; y += 1) {
    grey.fill(250, 20 * y, 20 * y + 10)
    grey.fill(10, 20 * y + 10, 20 * y + 20)
  }
  const byBox = boxOf(frame(grey, 20, 20, { side: 20, byMass: false }, SQUARE))
  const byMass = boxOf(frame(grey, 20, 20, { side: 20, byMass: true }, SQUARE))
  assert.equal(byBox.left, 4)
  assert.equal(
    byMass.left,
    8,
    "the middle is at 14, the mass 5.4 from the box's left: 8.6 down to 8",
  )
  assert.equal(byMass.top, byBox.top)
})

test("what is moved to its centre of mass stays within the image", () => {
  const grey = new Uint8Array(20 * 20)
  for (let y = 0; y < 20; y += 1) grey.fill(1, 20 * y, 20 * y + 20)
  grey.fill(255, 0, 20) // nearly all the mass in the top row
  const { top, tall } = boxOf(frame(grey, 20, 20, { side: 20, byMass: true }, SQUARE))
  assert.equal(tall, 20)
  assert.ok(top >= 0 && top <= SIDE - 20)
})

test("what is laid into an image that is no square fits into it", () => {
  const grey = picture(60, 60, { left: 10, top: 10, wide: 40, tall: 20, level: 99 })
  const image = frame(grey, 60, 60, { side: 20, byMass: false }, { width: 12, height: 30 })
  assert.ok(image)
  const lit = [...image.keys()].filter((at) => image[at])
  assert.equal(image.length, 12 * 30)
  assert.deepEqual(new Set(lit.map((at) => at % 12)).size, 12)
  assert.deepEqual([...new Set(lit.map((at) => Math.floor(at / 12)))], [12, 13, 14, 15, 16, 17])
})
