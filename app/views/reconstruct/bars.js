// A code as bars: a mean for each dimension, with its σ as a whisker.
import { fit } from "../../web/dom/elements.js"

const LABELS = 14 // pixels under the bars
const GAP = 0.25 // of a dimension's width

/**
 * Draws means and σ on a canvas of any size, in the page's colours.
 * @param {HTMLCanvasElement} canvas
 * @param {object} code
 * @param {Float32Array} code.mean [D]
 * @param {Float32Array} code.std [D]
 * @param {number} code.limit of the range ±limit
 * @param {string} code.color
 */
export function drawBars(canvas, { mean, std, limit, color }) {
  const [context, scale] = fit(canvas)
  const style = getComputedStyle(canvas)
  const width = canvas.width / scale
  const height = canvas.height / scale - LABELS
  const step = width / mean.length
  const place = (/** @type {number} */ value) =>
    (height / 2) * (1 - Math.max(-1, Math.min(1, value / limit)))
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height + LABELS)
  context.globalAlpha = 1
  context.fillStyle = color
  mean.forEach((value, at) => {
    const [top, bottom] = [place(Math.max(value, 0)), place(Math.min(value, 0))]
    context.fillRect((at + GAP / 2) * step, top, (1 - GAP) * step, Math.max(bottom - top, 1))
  })
  context.strokeStyle = style.color
  context.fillStyle = style.color
  context.font = `11px ${style.fontFamily}`
  context.textAlign = "center"
  context.globalAlpha = 0.75
  context.lineWidth = 1.5
  context.beginPath()
  mean.forEach((value, at) =>
    whisker(context, (at + 0.5) * step, place(value + std[at]), place(value - std[at])),
  )
  context.stroke()
  context.lineWidth = 1
  context.globalAlpha = 0.4
  context.strokeRect(0, height / 2, width, 0)
  context.globalAlpha = 0.75
  const every = Math.ceil(18 / step) // labels that would run together are left out
  mean.forEach((_, at) => {
    if (at % every === 0) context.fillText(`z${at}`, (at + 0.5) * step, height + LABELS - 3)
  })
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} top
 * @param {number} bottom
 */
function whisker(context, x, top, bottom) {
  context.moveTo(x - 2, top)
  context.lineTo(x + 2, top)
  context.moveTo(x, top)
  context.lineTo(x, bottom)
  context.moveTo(x - 2, bottom)
  context.lineTo(x + 2, bottom)
}
