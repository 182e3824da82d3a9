// What stands in a plane: pure functions on typed arrays, canvases and squares {x, y, half}.

import { clear, fit } from "../../web/dom/elements.js"
import { drawTile, fitImages } from "../../web/dom/images.js"

/**
 * @typedef {[x: number, y: number]} Place of the plane, or in shares of a square
 * @typedef {{ x: number, y: number, half: number }} Square its centre, and half its side
 *
 * @typedef {object} PlaneContext what the functions below draw with on a square canvas
 * @property {CanvasRenderingContext2D} context
 * @property {number} scale of its pixels to the page's
 * @property {Square} square of the plane
 * @property {number} side in its pixels
 */

const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000, 1e4]
const MOST_LINES = 6

/**
 * A place in a square as shares of its width and height, from the top left.
 * @param {Square} square
 * @param {Place} place
 * @returns {Place}
 */
export function shares(square, [x, y]) {
  return [(x - square.x) / square.half / 2 + 0.5, (square.y - y) / square.half / 2 + 0.5]
}

/** The reverse of it. @param {Square} square @param {Place} shares @returns {Place} */
export function placeAt(square, [across, down]) {
  return [square.x + square.half * (2 * across - 1), square.y - square.half * (2 * down - 1)]
}

/** Whether shares are inside their square. @param {Place} shares */
export function within([across, down]) {
  return across >= 0 && across <= 1 && down >= 0 && down <= 1
}

/**
 * The record at a place, bilinear between the four nodes of the lattice around it. A record is a
 * decoded code: its image, then the probability of each class, of 255.
 * @param {Uint8Array} lattice [side, side, record]
 * @param {number} side
 * @param {Place} shares
 */
export function interpolate(lattice, side, [across, down]) {
  const length = lattice.length / side ** 2
  const column = Math.min(Math.floor(across * (side - 1)), side - 2)
  const row = Math.min(Math.floor(down * (side - 1)), side - 2)
  const right = across * (side - 1) - column
  const below = down * (side - 1) - row
  const node = (row * side + column) * length
  const next = node + side * length
  const record = new Uint8ClampedArray(length)
  for (let at = 0; at < length; at += 1) {
    const top = lattice[node + at] * (1 - right) + lattice[node + length + at] * right
    const bottom = lattice[next + at] * (1 - right) + lattice[next + length + at] * right
    record[at] = top * (1 - below) + bottom * below
  }
  return record
}

/**
 * Every second node's image, each the middle of a tile of the square.
 * @param {Uint8Array} lattice
 * @param {number} side
 * @param {import("../../web/engine/image.js").ImageSize} size of an image
 */
export function tilePicture(lattice, side, size) {
  const tiles = (side - 1) / 2
  const length = lattice.length / side ** 2
  const picture = document.createElement("canvas")
  fitImages(picture, size, tiles, tiles)
  for (let row = 0; row < tiles; row += 1) {
    for (let column = 0; column < tiles; column += 1) {
      const node = ((2 * row + 1) * side + 2 * column + 1) * length
      drawTile(picture, lattice.subarray(node, node + length), size, column, row)
    }
  }
  return picture
}

/**
 * A canvas to draw on, cleared and in step with its size on screen.
 * @param {HTMLCanvasElement} canvas
 * @param {Square} square
 */
export function clearedPlane(canvas, square) {
  const [context, scale] = fit(canvas)
  clear(canvas)
  return planeContext(context, scale, square)
}

/**
 * A clean canvas to draw on, of `scale` pixels for one of the page's.
 * @param {CanvasRenderingContext2D} context
 * @param {number} scale
 * @param {Square} square
 * @returns {PlaneContext}
 */
export function planeContext(context, scale, square) {
  return { context, scale, square, side: context.canvas.width }
}

/** @param {PlaneContext} plane @param {{ text: string, font: string, grid: string }} style */
export function drawAxes({ context, scale, square, side }, style) {
  const step = STEPS.find((candidate) => (2 * square.half) / candidate <= MOST_LINES)
  if (!step) return
  context.strokeStyle = style.grid
  context.fillStyle = style.text
  context.lineWidth = scale
  context.font = `${10 * scale}px ${style.font}`
  /** @type {(middle: number, draw: (value: number, label: string) => void) => void} */
  const each = (middle, draw) => {
    const last = Math.floor((middle + square.half) / step)
    for (let tick = Math.ceil((middle - square.half) / step); tick <= last; tick += 1) {
      draw(tick * step, String(Number((tick * step).toFixed(2))).replace("-", "−"))
    }
  }
  /** @type {(x: number, y: number, toX: number, toY: number) => void} */
  const line = (x, y, toX, toY) => {
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(toX, toY)
    context.stroke()
  }
  const edge = 3 * scale
  each(square.x, (value, label) => {
    const x = side * shares(square, [value, square.y])[0]
    line(x, 0, x, side)
    context.textAlign = "center"
    if (x > 24 * scale && x < side - 8 * scale) context.fillText(label, x, side - edge)
  })
  each(square.y, (value, label) => {
    const y = side * shares(square, [square.x, value])[1]
    line(0, y, side, y)
    context.textAlign = "left"
    if (y > 12 * scale && y < side - 26 * scale) context.fillText(label, edge, y - edge)
  })
}

/**
 * @param {PlaneContext} plane
 * @param {Float32Array} codes [N, 2]
 * @param {Uint8Array} labels [N]
 * @param {string[]} colors of the classes
 */
export function drawPoints({ context, scale, square, side }, codes, labels, colors) {
  const size = Math.min(3, Math.max(1.2, side / scale / 170)) * scale
  context.globalAlpha = 0.75
  for (let at = 0; at < labels.length; at += 1) {
    const [across, down] = shares(square, [codes[2 * at], codes[2 * at + 1]])
    context.fillStyle = colors[labels[at]]
    context.fillRect(across * side - size / 2, down * side - size / 2, size, size)
  }
  context.globalAlpha = 1
}

/** @param {PlaneContext} plane @param {number} bound @param {string} color */
export function drawBound({ context, scale, square, side }, bound, color) {
  const [across, down] = shares(square, [0, 0])
  context.strokeStyle = color
  context.lineWidth = 1.25 * scale
  context.setLineDash([5 * scale, 4 * scale])
  context.beginPath()
  context.arc(across * side, down * side, (bound / square.half / 2) * side, 0, 2 * Math.PI)
  context.stroke()
  context.setLineDash([])
}

/** @param {PlaneContext} plane @param {Place} place @param {string} color */
export function drawMarker({ context, scale, square, side }, place, color) {
  const at = shares(square, place)
  if (!within(at)) return
  context.strokeStyle = color
  context.lineWidth = 2 * scale
  context.beginPath()
  context.arc(at[0] * side, at[1] * side, 6 * scale, 0, 2 * Math.PI)
  context.stroke()
}
