// Colours of points: palettes, uint8 [256,3], and the tone, an index into one, of every point.
/** @import { Color, Range } from "./types.js" */

const TONES = 256
const HIGHEST = 0.99 // the quantile at which the scale of values ends: a few outliers leave room

// Viridis, perceptually uniform: a polynomial fit by M. Zucker (shadertoy.com/view/WlfXRN).
const VIRIDIS = [
  [0.2777273272, 0.0054073445, 0.3340998053],
  [0.1050930431, 1.4046135299, 1.3845901626],
  [-0.3308618287, 0.2148475595, 0.095095163],
  [-4.634230499, -5.7991009734, -19.3324409563],
  [6.2282699363, 14.1799333668, 56.6905526007],
  [4.7763849977, -13.7451453777, -65.3530326334],
  [-5.4354558559, 4.6458526122, 26.3124352496],
]
// The part of it that stands out from a light page, and from a dark one.
const PARTS = { light: [0, 0.88], dark: [0.2, 1] }

/** The channels of a colour as CSS computes it or as #rrggbb. @param {string} color @returns {Color} */
export function rgb(color) {
  if (color.startsWith("#")) return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
  return (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
}

/** @param {Color} color */
export function isDark([red, green, blue]) {
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128
}

/**
 * What lies a share of the way from one colour to another.
 * @param {Color} from
 * @param {Color} to
 * @param {number} share
 */
export function mix(from, to, share) {
  return from.map((value, channel) => value + share * (to[channel] - value))
}

/** @param {string[]} colors of the classes */
export function classPalette(colors) {
  const palette = new Uint8Array(3 * TONES)
  colors.forEach((color, label) => palette.set(rgb(color), 3 * label))
  return palette
}

/** @param {boolean} dark whether the page is */
export function valuePalette(dark) {
  const [first, last] = PARTS[dark ? "dark" : "light"]
  const palette = new Uint8ClampedArray(3 * TONES)
  for (let tone = 0; tone < TONES; tone += 1) {
    const share = first + (tone / (TONES - 1)) * (last - first)
    for (let channel = 0; channel < 3; channel += 1) {
      palette[3 * tone + channel] =
        255 * VIRIDIS.reduceRight((sum, powers) => sum * share + powers[channel], 0)
    }
  }
  return palette
}

/**
 * From the least of several arrays' values to their 99 % quantile.
 * @param {Float32Array[]} arrays
 * @returns {Range}
 */
export function valueRange(arrays) {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const values of arrays) {
    all.set(values, at)
    at += values.length
  }
  all.sort()
  return {
    low: all[0],
    high: all[Math.round(HIGHEST * (all.length - 1))],
    most: all[all.length - 1],
  }
}

/**
 * The tones of values within a range; what is beyond takes its ends.
 * @param {Float32Array} values
 * @param {{ low: number, high: number }} range
 */
export function tonesOf(values, { low, high }) {
  const step = (TONES - 1) / (high - low || 1)
  return Uint8ClampedArray.from(values, (value) => (value - low) * step)
}
