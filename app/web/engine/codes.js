// Moves between codes, as in muvae/analysis/latent.py, and what lies nearest to a code.
import { norm } from "./latent.js"

/** @typedef {number[] | Float32Array} Code [D] */
/** @typedef {{ straight: boolean, at: (share: number) => number[] }} Path */

const STRAIGHT = 1e-4 // radians: nearer to 0 or π than this, no arc is defined
const BUDGET = 4 // milliseconds of a frame that a long search may take

/** @param {number[]} one @param {number[]} other @param {number} share */
function mix(one, other, share) {
  return one.map((value, at) => value + share * (other[at] - value))
}

/**
 * The angle between two codes seen from the origin; null where no single arc joins them.
 * @param {number[]} start
 * @param {number[]} end
 */
export function angleBetween(start, end) {
  const [a, b] = [norm(start), norm(end)]
  if (a === 0 || b === 0) return null
  const difference = Math.hypot(...start.map((value, at) => value / a - end[at] / b))
  const sum = Math.hypot(...start.map((value, at) => value / a + end[at] / b))
  const angle = 2 * Math.atan2(difference, sum)
  return angle > STRAIGHT && angle < Math.PI - STRAIGHT ? angle : null
}

/**
 * A path between two codes: `at(share)` is its code, share 0 being the start; `straight` says that it
 * is a line, asked for or for want of an arc.
 * @param {number[]} start
 * @param {number[]} end
 * @param {boolean} spherical
 * @returns {Path}
 */
export function makePath(start, end, spherical) {
  const angle = spherical ? angleBetween(start, end) : null
  if (angle === null) return { straight: true, at: (share) => mix(start, end, share) }
  const [a, b] = [norm(start), norm(end)]
  const at = (/** @type {number} */ share) => {
    const size = a + share * (b - a)
    const one = (size * Math.sin((1 - share) * angle)) / Math.sin(angle) / a
    const other = (size * Math.sin(share * angle)) / Math.sin(angle) / b
    return start.map((value, axis) => one * value + other * end[axis])
  }
  return { straight: false, at }
}

/**
 * A run's code where the sliders stand: slider k moves dimension order[k] from the base point (0) to
 * the ends of its range (-1 and 1), as muvae.analysis.latent.move does.
 * @param {{ base: number[], low: number[], high: number[], order: number[] }} run
 * @param {number[]} positions of the sliders
 */
export function codeAt({ base, low, high, order }, positions) {
  const code = Float32Array.from(base)
  order.forEach((axis, at) => {
    const position = positions[at]
    const span = position > 0 ? high[axis] - base[axis] : base[axis] - low[axis]
    code[axis] = base[axis] + position * Math.max(span, 0)
  })
  return code
}

/** a + amount · (c − b). @param {number[][]} codes @param {number} amount */
export function analogy([a, b, c], amount) {
  return a.map((value, at) => value + amount * (c[at] - b[at]))
}

/**
 * The one of some codes that is nearest to a code: its index, and its distance.
 * @param {Float32Array} codes [N, D]
 * @param {Code} code
 */
export function nearest(codes, code) {
  const size = code.length
  let index = -1
  let least = Infinity
  for (let start = 0, at = 0; start < codes.length; start += size, at += 1) {
    let sum = 0
    for (let axis = 0; axis < size; axis += 1) {
      const step = codes[start + axis] - code[axis]
      sum += step * step
    }
    if (sum < least) {
      least = sum
      index = at
    }
  }
  return { index, distance: Math.sqrt(least) }
}

/**
 * The distance from each of some codes to the nearest of `codes`; a few a frame, so that sliders
 * keep moving. Of an aborted signal there is no telling how many.
 * @param {Float32Array} codes [N, D]
 * @param {Code[]} queries
 * @param {AbortSignal} signal
 */
export async function distances(codes, queries, signal) {
  /** @type {number[]} */
  const found = []
  let begun = performance.now()
  for (const query of queries) {
    if (performance.now() - begun > BUDGET) {
      await new Promise((resolve) => {
        setTimeout(resolve)
      })
      begun = performance.now()
    }
    if (signal.aborted) break
    found.push(nearest(codes, query).distance)
  }
  return found
}
