// Moves between codes, as in muvae/analysis/latent.py, and what lies nearest to a code.
import { norm } from "./networks.js"

const STRAIGHT = 1e-4 // radians: nearer to 0 or π than this, no arc is defined
const BUDGET = 4 // milliseconds of a frame that a long search may take

function mix(one, other, share) {
  return one.map((value, at) => value + share * (other[at] - value))
}

// The angle between two codes seen from the origin; null where no single arc joins them.
export function angleBetween(start, end) {
  const [a, b] = [norm(start), norm(end)]
  if (a === 0 || b === 0) return null
  const difference = Math.hypot(...start.map((value, at) => value / a - end[at] / b))
  const sum = Math.hypot(...start.map((value, at) => value / a + end[at] / b))
  const angle = 2 * Math.atan2(difference, sum)
  return angle > STRAIGHT && angle < Math.PI - STRAIGHT ? angle : null
}

// A path between two codes (arrays of numbers): `at(share)` is its code, share 0 being the start;
// `straight` says that it is a line, asked for or for want of an arc.
export function makePath(start, end, spherical) {
  const angle = spherical ? angleBetween(start, end) : null
  if (angle === null) return { straight: true, at: (share) => mix(start, end, share) }
  const [a, b] = [norm(start), norm(end)]
  const at = (share) => {
    const size = a + share * (b - a)
    const one = (size * Math.sin((1 - share) * angle)) / Math.sin(angle) / a
    const other = (size * Math.sin(share * angle)) / Math.sin(angle) / b
    return start.map((value, axis) => one * value + other * end[axis])
  }
  return { straight: false, at }
}

// a + amount · (c − b).
export function analogy([a, b, c], amount) {
  return a.map((value, at) => value + amount * (c[at] - b[at]))
}

// The one of codes [N, D] that is nearest to a code [D]: its index, and its distance.
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

// The distance from each of some codes to the nearest of `codes`; a few a frame, so that sliders
// keep moving. Of an aborted signal there is no telling how many.
export async function distances(codes, queries, signal) {
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
