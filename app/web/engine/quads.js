// Linear layers and convolutions, all as kernel.js's `quad` over four outputs at a time: a linear
// layer is a convolution of one pixel, and a transposed one of stride s is a convolution for each
// remainder that an output's row and column leave when divided by s.

/** @typedef {import("./kinds.js").Op} Op */
/** @typedef {import("./maps.js").Layout} Layout */
/** @typedef {import("./maps.js").Frame} Frame */
/** @typedef {import("./graph.js").Tensors} Tensors */

/**
 * Which pixels meet along one side, rows or columns: output `start + spread · i`, for i below
 * `count`, is a sum over inputs `stride · i + first + step · j` times the kernel's `taps[j]`.
 * @typedef {object} Side
 * @property {number} count
 * @property {number} start
 * @property {number} spread
 * @property {number} stride
 * @property {number} first
 * @property {number} step
 * @property {number[]} taps -1 standing for a weight of zero
 */

const BYTES = 4

/**
 * The sides of an op, rows and columns: one or, if it is transposed, one for each remainder.
 * @param {Op} op
 * @param {number[]} input its shape
 * @param {number[]} weight its shape
 * @returns {[Side[], Side[]]}
 */
export function sidesOf(op, input, weight) {
  if (op.op === "linear") return [[PIXEL], [PIXEL]]
  const of = op.op === "conv2d" ? convolved : transposed
  return [of(op, 0, weight[2], input[1]), of(op, 1, weight[3], input[2])]
}

/** @type {Side} */
const PIXEL = { count: 1, start: 0, spread: 1, stride: 1, first: 0, step: 1, taps: [0] }

/**
 * The sides of an op along an axis.
 * @callback Along
 * @param {Op} op
 * @param {0 | 1} axis
 * @param {number} size of the kernel
 * @param {number} length of the input's side
 * @returns {Side[]}
 */

/** @type {Along} */
function convolved({ shape, stride, padding, dilation }, axis, size) {
  return [
    {
      count: shape[1 + axis],
      start: 0,
      spread: 1,
      stride: stride[axis],
      first: -padding[axis],
      step: dilation[axis],
      taps: [...Array(size).keys()],
    },
  ]
}

/** @type {Along} */
function transposed({ shape, stride, padding, dilation }, axis, size, length) {
  const side = shape[1 + axis]
  const spread = length === 1 ? side : stride[axis] // of one pixel, each output is one tap or none
  return Array.from({ length: Math.min(side, spread) }, (_, start) => {
    // Tap k brings input i to output stride · i + dilation · k − padding.
    const offset = (/** @type {number} */ tap) =>
      (start + padding[axis] - dilation[axis] * tap) / stride[axis]
    const meets = (/** @type {number} */ tap) =>
      length === 1 ? offset(tap) === 0 : Number.isInteger(offset(tap))
    const taps = [...Array(size).keys()].filter(meets).reverse()
    const [first, second] = taps.length ? taps.map(offset) : [0]
    return {
      count: Math.ceil((side - start) / spread),
      start,
      spread,
      stride: 1,
      first,
      step: second === undefined ? 1 : second - first,
      taps: taps.length ? taps : [-1],
    }
  })
}

/**
 * How far an op reaches over its input's edges.
 * @param {[Side[], Side[]]} sides
 * @param {number[]} shape of the input
 * @returns {Frame}
 */
export function reach([rows, columns], shape) {
  const before = (/** @type {Side[]} */ sides) => Math.max(0, ...sides.map(({ first }) => -first))
  const after = (/** @type {Side[]} */ sides, /** @type {number} */ size) =>
    Math.max(
      0,
      ...sides.map(
        ({ count, stride, first, step, taps }) =>
          (count - 1) * stride + first + step * (taps.length - 1) - (size - 1),
      ),
    )
  const [, height = 1, width = 1] = shape
  return {
    top: before(rows),
    bottom: after(rows, height),
    left: before(columns),
    right: after(columns, width),
  }
}

/**
 * The function that does a linear layer or a convolution and then max(x, slope · x).
 * @param {Op} op
 * @param {Layout} from
 * @param {Layout} to
 * @param {number} slope from 0 to 1; 1 leaves all as it is
 * @param {Tensors} tensors
 * @param {import("./memory.js").Arena} arena
 */
export function quads(op, from, to, slope, tensors, arena) {
  const weight = /** @type {import("./safetensors.js").Tensor} */ (tensors.get(op.weight))
  const bias = arena.floats(to.stored)
  if (op.bias !== null) bias.values.set(tensors.get(op.bias)?.values ?? [])
  const [rows, columns] = sidesOf(op, from.shape, weight.shape)
  const parts = rows.flatMap((row) =>
    columns.map((column) => part(row, withGaps(column), op, weight, bias, from, to, slope, arena)),
  )
  return () => {
    for (const run of parts) run()
  }
}

/** The same side with a step of 1, weights of zero standing in the gaps. @param {Side} side */
function withGaps(side) {
  const taps = side.taps.flatMap((tap, at) =>
    at ? [...Array(side.step - 1).fill(-1), tap] : [tap],
  )
  return { ...side, step: 1, taps }
}

/**
 * @param {Side} rows
 * @param {Side} columns
 * @param {Op} op
 * @param {import("./safetensors.js").Tensor} weight
 * @param {import("./memory.js").Floats} bias
 * @param {Layout} from
 * @param {Layout} to
 * @param {number} slope
 * @param {import("./memory.js").Arena} arena
 */
function part(rows, columns, op, weight, bias, from, to, slope, arena) {
  const packed = pack(rows.taps, columns.taps, op, weight, from, to, arena)
  const start =
    from.floats.address
    + BYTES * (from.origin + rows.first * from.row + columns.first * from.stored)
  const outStart =
    to.floats.address + BYTES * (to.origin + rows.start * to.row + columns.start * to.stored)
  const [down, across] = [
    { count: rows.count, from: rows.stride * from.row, to: rows.spread * to.row },
    { count: columns.count, from: columns.stride * from.stored, to: columns.spread * to.stored },
  ].map((side) => ({ count: side.count, from: BYTES * side.from, to: BYTES * side.to }))
  // Four outputs side by side, or below each other where a row has fewer, or else one four times.
  const [outer, inner] = across.count < 4 && down.count >= 4 ? [across, down] : [down, across]
  const [step, outStep] = inner.count < 4 ? [0, 0] : [inner.from, inner.to]
  const [advance, last] = inner.count < 4 ? [1, inner.count - 1] : [4, inner.count - 4]
  const { quad } = arena
  const [weights, biases] = [packed.address, bias.address]
  const blocks = to.stored / 4
  const runs = rows.taps.length
  const runStep = BYTES * rows.step * from.row
  const length = BYTES * columns.taps.length * from.stored
  return () => {
    for (let y = 0; y < outer.count; y += 1) {
      for (let at = 0; at < inner.count; at += advance) {
        const x = Math.min(at, last) // the last four overlap those before
        quad(
          start + y * outer.from + x * inner.from,
          weights,
          biases,
          outStart + y * outer.to + x * inner.to,
          blocks,
          runs,
          runStep,
          length,
          step,
          outStep,
          slope,
        )
      }
    }
  }
}

/**
 * Weights in the order in which `quad` reads them: four channels, then rows, columns, inputs. A
 * channel of another group, or one that only pads, has a weight of zero.
 * @param {number[]} rows taps
 * @param {number[]} columns taps
 * @param {Op} op
 * @param {import("./safetensors.js").Tensor} weight
 * @param {Layout} from
 * @param {Layout} to
 * @param {import("./memory.js").Arena} arena
 */
function pack(rows, columns, { op, groups = 1 }, { values, shape }, from, to, arena) {
  const [, , height = 1, width = 1] = shape
  const taps = rows.flatMap((row) =>
    columns.map((column) => (row < 0 || column < 0 ? -1 : row * width + column)),
  )
  const [ins, outs] = [from.channels / groups, to.channels / groups] // of a group
  const packed = arena.floats(to.stored * taps.length * from.stored)
  const { values: target } = packed
  const area = height * width
  for (let channel = 0; channel < to.channels; channel += 1) {
    const group = Math.floor(channel / outs)
    let block = (channel - (channel % 4)) * taps.length * from.stored + (channel % 4)
    for (const tap of taps) {
      if (tap >= 0) {
        for (let input = 0; input < ins; input += 1) {
          const at =
            op === "conv_transpose2d"
              ? (group * ins + input) * outs + channel - group * outs
              : channel * ins + input
          target[block + 4 * (group * ins + input)] = values[at * area + tap]
        }
      }
      block += 4 * from.stored
    }
  }
  return packed
}
