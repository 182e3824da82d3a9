// What stands under a path's images: class probabilities as bands, distances as a line.

import { fit, number } from "../../web/dom/elements.js"
import { likeliest } from "./words.js"

/** @typedef {{ classes: string[], colors: string[] }} Classes their names and colours */

/**
 * @typedef {object} Bands
 * @property {(at: number) => number} middle where a step's column has its middle
 * @property {(row: Float32Array, label: number) => number} below where a class's band begins
 */

const LETTERS = 12 // pixels
const DOT = 2

/**
 * Stacked bands of the probabilities, each step in the middle of its image's column.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} probabilities [N, K]
 * @param {Classes} classes
 */
export function drawShares(canvas, probabilities, { classes, colors }) {
  const [context, scale] = fit(canvas)
  const { width, height } = canvas
  const known = classes.length
  const steps = probabilities.length / known
  const rows = Array.from({ length: steps }, (_, at) =>
    probabilities.subarray(at * known, (at + 1) * known),
  )
  const middle = (/** @type {number} */ at) => ((at + 0.5) / steps) * width
  const below = (/** @type {Float32Array} */ row, /** @type {number} */ label) =>
    height * (1 - row.subarray(0, label).reduce((a, b) => a + b, 0))
  // The outer halves of the first and last columns go on as at their steps.
  /** @type {[x: number, row: Float32Array][]} */
  const places = rows.map((row, at) => [middle(at), row])
  places.unshift([0, rows[0]])
  places.push([width, rows[steps - 1]])
  context.clearRect(0, 0, width, height)
  for (let label = 0; label < known; label += 1) {
    context.fillStyle = colors[label]
    context.beginPath()
    for (const [x, row] of places) context.lineTo(x, below(row, label))
    for (const [x, row] of places.toReversed()) context.lineTo(x, below(row, label + 1))
    context.fill()
  }
  nameBands(context, scale, rows, { classes, colors, middle, below })
}

/**
 * Each class's name where it is the likeliest, at its surest step, if it fits there.
 * @param {CanvasRenderingContext2D} context
 * @param {number} scale
 * @param {Float32Array[]} rows
 * @param {Classes & Bands} bands
 */
function nameBands(context, scale, rows, { classes, colors, middle, below }) {
  context.font = `600 ${LETTERS * scale}px ${getComputedStyle(context.canvas).fontFamily}`
  context.textAlign = "center"
  context.textBaseline = "middle"
  const { width } = context.canvas
  const labels = rows.map((row) => likeliest([...row]))
  for (let first = 0, end = 0; first < rows.length; first = end) {
    const label = labels[first]
    end = first
    while (end < rows.length && labels[end] === label) end += 1
    const shares = rows.slice(first, end).map((row) => row[label])
    const surest = Math.max(...shares)
    const places = shares.flatMap((share, at) => (share > surest - 0.02 ? [first + at] : []))
    const step = places[places.length >> 1]
    const bottom = below(rows[step], label)
    const top = below(rows[step], label + 1)
    const room = ((end - first) / rows.length) * width
    const wide = context.measureText(classes[label]).width + 6 * scale
    if (wide > room || bottom - top < LETTERS * scale) continue
    context.fillStyle = isLight(colors[label]) ? "#000" : "#fff"
    const from = (first / rows.length) * width + wide / 2
    const to = (end / rows.length) * width - wide / 2
    const x = Math.min(to, Math.max(from, middle(step)))
    context.fillText(classes[label], x, (bottom + top) / 2)
  }
}

/** @param {string} color #rrggbb */
function isLight(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
  return 0.299 * red + 0.587 * green + 0.114 * blue > 110
}

/**
 * The steps' distances to the nearest real code, and dashed the yardstick; red is beyond it.
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} gaps
 * @param {number} spacing
 */
export function drawDistances(canvas, gaps, spacing) {
  const [context, scale] = fit(canvas)
  const { width, height } = canvas
  const style = getComputedStyle(canvas)
  const [text, red] = ["--st-text-color", "--st-red-text-color"].map((name) =>
    style.getPropertyValue(name).trim(),
  )
  const room = height - 2 * (DOT + 1) * scale
  const most = Math.max(spacing * 1.4, ...gaps)
  const y = (/** @type {number} */ distance) =>
    height - (DOT + 1) * scale - (distance / most) * room
  const x = (/** @type {number} */ at) => ((at + 0.5) / gaps.length) * width
  context.clearRect(0, 0, width, height)
  context.strokeStyle = text
  context.lineWidth = scale
  line(
    context,
    [4 * scale, 3 * scale],
    [
      [0, y(spacing)],
      [width, y(spacing)],
    ],
  )
  line(
    context,
    [],
    gaps.map((gap, at) => [x(at), y(gap)]),
  )
  gaps.forEach((gap, at) => {
    context.fillStyle = gap > spacing ? red : text
    context.beginPath()
    context.arc(x(at), y(gap), DOT * scale, 0, 2 * Math.PI)
    context.fill()
  })
  context.fillStyle = text
  context.font = `${(LETTERS - 2) * scale}px ${style.fontFamily}`
  context.fillText(number(spacing), 0, y(spacing) - 3 * scale)
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number[]} dashes
 * @param {[x: number, y: number][]} points
 */
function line(context, dashes, points) {
  context.setLineDash(dashes)
  context.beginPath()
  for (const [x, y] of points) context.lineTo(x, y)
  context.stroke()
}
