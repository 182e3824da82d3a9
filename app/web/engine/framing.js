// Pictures laid out as a dataset's images are, step by step as app/uploads/framing.py does it.

const TIE = 1e-6 // pixels: a centre between two pixels goes the same way however it was rounded

/**
 * A picture fitted into an image, uint8 [height × width]; null where all is black.
 * @param {Uint8Array} grey [height × width], bright on black
 * @param {number} width
 * @param {number} height
 * @param {{ side: number, byMass: boolean }} framing the longer side of what is not black, and
 *   whether that is centred by its mass, else by its box
 * @param {{ width: number, height: number }} size of the image
 */
export function frame(grey, width, height, { side, byMass }, size) {
  const box = inkBox(grey, width, height)
  if (!box) return null
  // The longer side of the box becomes `side`, or less where an image that is no square needs it.
  const [[to, from]] = [
    [side, Math.max(box.width, box.height)],
    [size.width, box.width],
    [size.height, box.height],
  ].sort(([one, own], [other, others]) => one / own - other / others)
  const scaled = (/** @type {number} */ length) =>
    Math.max(1, Math.floor((length * to) / from + 0.5))
  const small = shrink(grey, width, box, scaled(box.width), scaled(box.height))
  const left = start(small.columns, size.width, byMass)
  const top = start(small.rows, size.height, byMass)
  const image = new Uint8Array(size.width * size.height)
  for (let y = 0, at = 0; y < small.rows.length; y += 1) {
    for (let x = 0; x < small.columns.length; x += 1, at += 1) {
      image[(top + y) * size.width + left + x] = Math.floor(small.values[at] + 0.5)
    }
  }
  return image
}

/** @typedef {{ left: number, top: number, width: number, height: number }} Box in pixels */

/**
 * The box around all that is not black.
 * @param {Uint8Array} grey
 * @param {number} width
 * @param {number} height
 * @returns {Box | null}
 */
function inkBox(grey, width, height) {
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let y = 0; y < height; y += 1) {
    const begin = y * width
    let first = 0
    while (first < width && !grey[begin + first]) first += 1
    if (first === width) continue
    let last = width - 1
    while (!grey[begin + last]) last -= 1
    left = Math.min(left, first)
    right = Math.max(right, last)
    top = Math.min(top, y)
    bottom = y
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/**
 * What each of `cells` takes of `length` pixels: the first of them, and weights whose sum is 1.
 * @param {number} length
 * @param {number} cells
 */
function averages(length, cells) {
  const size = length / cells
  return Array.from({ length: cells }, (_, cell) => {
    const [from, to] = [cell * size, (cell + 1) * size]
    const first = Math.floor(from)
    const count = Math.min(length, Math.ceil(to)) - first
    const weights = Float64Array.from(
      { length: count },
      (_, at) => Math.max(0, Math.min(to, first + at + 1) - Math.max(from, first + at)) / size,
    )
    return { first, weights }
  })
}

/**
 * The box by area average, and the mass of each of its columns and rows.
 * @param {Uint8Array} grey
 * @param {number} stride
 * @param {Box} box
 * @param {number} width
 * @param {number} height
 */
function shrink(grey, stride, box, width, height) {
  const across = averages(box.width, width)
  const narrow = new Float64Array(box.height * width)
  for (let y = 0, at = 0; y < box.height; y += 1) {
    const begin = (box.top + y) * stride + box.left
    for (const { first, weights } of across) {
      let sum = 0
      for (let i = 0; i < weights.length; i += 1) sum += weights[i] * grey[begin + first + i]
      narrow[at] = sum
      at += 1
    }
  }
  const values = new Float64Array(width * height)
  const columns = new Float64Array(width)
  const rows = new Float64Array(height)
  averages(box.height, height).forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x += 1) {
      let sum = 0
      for (let i = 0; i < weights.length; i += 1)
        sum += weights[i] * narrow[(first + i) * width + x]
      values[y * width + x] = sum
      columns[x] += sum
      rows[y] += sum
    }
  })
  return { values, columns, rows }
}

/**
 * Where the box begins along an axis, from the mass of its columns or rows.
 * @param {Float64Array} mass
 * @param {number} side of the image
 * @param {boolean} byMass
 */
function start(mass, side, byMass) {
  const slack = side - mass.length
  if (!byMass) return Math.ceil(slack / 2)
  let [whole, moment] = [0, 0]
  mass.forEach((value, at) => {
    whole += value
    moment += value * (at + 0.5)
  })
  return Math.min(Math.max(Math.ceil(side / 2 - moment / whole - TIE), 0), slack)
}
