// Finds points of a map, float32 [N,2]: the nearest to a place, those inside an outline.
/** @import { Box, Point } from "./types.js" */
/** @typedef {(at: number) => boolean} Filter whether a point, by its number, may be found */

const CELLS = 64 // a side

/** @param {Float32Array} points @returns {Box} */
function boxOf(points) {
  let [left, low] = points
  let right = left
  let high = low
  for (let at = 2; at < points.length; at += 2) {
    left = Math.min(left, points[at])
    right = Math.max(right, points[at])
    low = Math.min(low, points[at + 1])
    high = Math.max(high, points[at + 1])
  }
  return { left, low, width: right - left || 1, height: high - low || 1 }
}

export class PointIndex {
  /** @param {Float32Array} points [N, 2] */
  constructor(points) {
    this.points = points
    this.count = points.length / 2
    this.box = boxOf(points)
    this.side = Math.max(this.box.width, this.box.height) / CELLS
    // The points' numbers, cell after cell, and where each cell's begin.
    this.starts = new Int32Array(CELLS * CELLS + 1)
    this.order = new Int32Array(this.count)
    const cells = Int32Array.from(
      this.order,
      (_, at) => this.column(points[2 * at]) + CELLS * this.row(points[2 * at + 1]),
    )
    for (const cell of cells) this.starts[cell + 1] += 1
    for (let cell = 0; cell < CELLS * CELLS; cell += 1) this.starts[cell + 1] += this.starts[cell]
    const next = this.starts.slice()
    cells.forEach((cell, at) => {
      this.order[next[cell]] = at
      next[cell] += 1
    })
  }

  /** @param {number} x */
  column(x) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor((x - this.box.left) / this.side)))
  }

  /** @param {number} y */
  row(y) {
    return Math.min(CELLS - 1, Math.max(0, Math.floor((y - this.box.low) / this.side)))
  }

  /**
   * The number of the nearest point within a radius; -1 where none is.
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {Filter} open
   */
  nearest(x, y, radius, open) {
    let best = -1
    let least = radius * radius
    for (let row = this.row(y - radius); row <= this.row(y + radius); row += 1) {
      const first = this.starts[row * CELLS + this.column(x - radius)]
      const end = this.starts[row * CELLS + this.column(x + radius) + 1]
      for (let place = first; place < end; place += 1) {
        const at = this.order[place]
        const distance = (this.points[2 * at] - x) ** 2 + (this.points[2 * at + 1] - y) ** 2
        if (distance > least || !open(at)) continue
        least = distance
        best = at
      }
    }
    return best
  }

  /**
   * The numbers of the points inside a closed outline, by the even-odd rule.
   * @param {Point[]} outline
   * @param {Filter} open
   */
  inside(outline, open) {
    /** @type {number[]} */
    const found = []
    for (let at = 0; at < this.count; at += 1) {
      if (open(at) && within(outline, this.points[2 * at], this.points[2 * at + 1])) found.push(at)
    }
    return found
  }
}

/** @param {Point[]} outline @param {number} x @param {number} y */
function within(outline, x, y) {
  let inside = false
  let [fromX, fromY] = outline[outline.length - 1]
  for (const [toX, toY] of outline) {
    if (fromY > y !== toY > y && x < fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX)) {
      inside = !inside
    }
    fromX = toX
    fromY = toY
  }
  return inside
}
