// What the ops of a network make, as it lies in memory: channels last, with a frame of zeros around
// images, so that the taps of a kernel's row are one run of neighbours. All other shapes lie as
// torch has them, as the channels of one pixel.
import { count } from "./kinds.js"

/** @typedef {import("./memory.js").Arena} Arena */
/** @typedef {import("./memory.js").Floats} Floats */
/** @typedef {{ top: number, bottom: number, left: number, right: number }} Frame pixels a side */

/**
 * @typedef {object} Layout
 * @property {number[]} shape as torch has it
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 * @property {number} stored floats from pixel to pixel: the channels, and what pads them
 * @property {number} row floats from row to row
 * @property {number} origin the place of the first pixel
 * @property {Floats} floats
 */

/**
 * @param {Arena} arena
 * @param {number[]} shape
 * @param {boolean} padded whether the channels are padded to a multiple of four, as `quad` writes them
 * @param {Frame} frame
 * @returns {Layout}
 */
export function layOut(arena, shape, padded, { top, bottom, left, right }) {
  const [channels, height, width] = shape.length === 3 ? shape : [count(shape), 1, 1]
  const stored = padded ? 4 * Math.ceil(channels / 4) : channels
  const row = (left + width + right) * stored
  const origin = top * row + left * stored
  const floats = arena.floats((top + height + bottom) * row)
  return { shape, height, width, channels, stored, row, origin, floats }
}

/**
 * Puts row-major [channels, height, width] into a layout.
 * @param {ArrayLike<number>} from
 * @param {Layout} to
 */
export function put(from, { height, width, channels, stored, row, origin, floats: { values } }) {
  const plane = height * width
  for (let y = 0, pixel = 0; y < height; y += 1) {
    let place = origin + y * row
    for (let x = 0; x < width; x += 1, pixel += 1, place += stored) {
      for (let channel = 0, at = pixel; channel < channels; channel += 1, at += plane) {
        values[place + channel] = from[at]
      }
    }
  }
}

/**
 * Takes row-major [channels, height, width] out of a layout.
 * @param {Layout} from
 * @param {Float32Array} to
 */
export function take({ height, width, channels, stored, row, origin, floats: { values } }, to) {
  const plane = height * width
  for (let y = 0, pixel = 0; y < height; y += 1) {
    let place = origin + y * row
    for (let x = 0; x < width; x += 1, pixel += 1, place += stored) {
      for (let channel = 0, at = pixel; channel < channels; channel += 1, at += plane) {
        to[at] = values[place + channel]
      }
    }
  }
  return to
}
