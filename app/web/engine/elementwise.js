// Ops that make each number of one number: the activations, and scale and shift.

/** @typedef {import("./kinds.js").Op} Op */
/** @typedef {import("./maps.js").Layout} Layout */
/** @typedef {(value: number, channel: number) => number} Change */

/**
 * The error function, to 1.5e-7 (Abramowitz and Stegun, 7.1.26).
 * @param {number} value
 */
function erf(value) {
  const t = 1 / (1 + 0.3275911 * Math.abs(value))
  const sum =
    t
    * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return Math.sign(value) * (1 - sum * Math.exp(-value * value))
}

/** @type {Record<string, (op: Op, tensors: import("./graph.js").Tensors) => Change>} */
const FUNCTIONS = {
  relu: () => (value) => Math.max(value, 0),
  tanh: () => Math.tanh,
  sigmoid: () => (value) => 1 / (1 + Math.exp(-value)),
  silu: () => (value) => value / (1 + Math.exp(-value)),
  leaky_relu:
    ({ negative_slope: slope }) =>
    (value) =>
      value > 0 ? value : slope * value,
  elu:
    ({ alpha }) =>
    (value) =>
      value > 0 ? value : alpha * Math.expm1(value),
  gelu: ({ approximate }) =>
    approximate === "none"
      ? (value) => 0.5 * value * (1 + erf(value * Math.SQRT1_2))
      : (value) =>
          0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3))),
  softplus:
    ({ beta, threshold }) =>
    (value) =>
      beta * value > threshold ? value : Math.log1p(Math.exp(beta * value)) / beta,
  affine: ({ scale, shift }, tensors) => {
    const [scales, shifts] = [scale, shift].map((name) => tensors.get(name)?.values ?? [])
    const [step, shiftStep] = [scales, shifts].map(({ length }) => (length === 1 ? 0 : 1))
    return (value, channel) => value * scales[step * channel] + shifts[shiftStep * channel]
  },
}

export const ELEMENTWISE = Object.keys(FUNCTIONS)

/**
 * The slope below zero if the op is max(x, slope · x) for a slope from 0 to 1, else null.
 * @param {Op} op
 */
export function slopeOf({ op, negative_slope: slope }) {
  if (op === "relu") return 0
  return op === "leaky_relu" && slope >= 0 && slope <= 1 ? slope : null
}

/**
 * The function that does an elementwise op, from one layout to another or in place.
 * @param {Op} op
 * @param {Layout} from
 * @param {Layout} to
 * @param {import("./graph.js").Tensors} tensors
 */
export function elementwise(op, from, to, tensors) {
  const change = FUNCTIONS[op.op](op, tensors)
  const { height, width, channels } = from
  return () => {
    const { values } = from.floats
    const { values: target } = to.floats
    for (let y = 0; y < height; y += 1) {
      let at = from.origin + y * from.row
      let place = to.origin + y * to.row
      for (let x = 0; x < width; x += 1, at += from.stored, place += to.stored) {
        for (let channel = 0; channel < channels; channel += 1) {
          target[place + channel] = change(values[at + channel], channel)
        }
      }
    }
  }
}
