// The ops that networks.json may have: the attributes of each, and the shape that it makes.

/** @typedef {import("./safetensors.js").Tensor} Tensor */
/** @typedef {[number, number]} Pair rows, columns */

/**
 * One op. Beside the first four it has the attributes of its kind, and no others.
 * @typedef {object} Op
 * @property {string} name
 * @property {string} op the kind
 * @property {string[]} inputs
 * @property {number[]} shape of its output, without the batch
 * @property {string} weight
 * @property {string | null} bias
 * @property {Pair} stride
 * @property {Pair} padding
 * @property {Pair} dilation
 * @property {Pair} output_padding
 * @property {Pair} kernel
 * @property {number} groups
 * @property {number} negative_slope
 * @property {number} alpha
 * @property {"none" | "tanh"} approximate
 * @property {number} beta
 * @property {number} threshold
 * @property {"nearest" | "bilinear"} mode
 * @property {boolean} align_corners
 * @property {boolean} count_include_pad
 * @property {number} axis
 * @property {string} scale
 * @property {string} shift
 */

/**
 * @typedef {object} Kind
 * @property {Record<string, string>} attributes the type of each, a key of TYPES
 * @property {[number, number]} inputs fewest and most
 * @property {(op: Op, inputs: number[][], sizes: (tensor: string) => number[]) => number[]} shape
 *   of the output; an Error says what does not fit
 */

const whole = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0
const positive = (/** @type {unknown} */ value) => whole(value) && Number(value) > 0
const pairOf =
  (/** @type {(value: unknown) => boolean} */ test) => (/** @type {unknown} */ value) =>
    Array.isArray(value) && value.length === 2 && value.every(test)

/** @type {Record<string, (value: unknown) => boolean>} */
export const TYPES = {
  "a tensor's name": (value) => typeof value === "string",
  "a tensor's name or null": (value) => typeof value === "string" || value === null,
  "two whole numbers": pairOf(whole),
  "two positive whole numbers": pairOf(positive),
  "a positive whole number": positive,
  "a whole number": whole,
  "a number": Number.isFinite,
  "a positive number": (value) => Number.isFinite(value) && Number(value) > 0,
  "true or false": (value) => typeof value === "boolean",
  '"none" or "tanh"': (value) => value === "none" || value === "tanh",
  '"nearest" or "bilinear"': (value) => value === "nearest" || value === "bilinear",
}

const WEIGHTS = { weight: "a tensor's name", bias: "a tensor's name or null" }
const WINDOW = { stride: "two positive whole numbers", padding: "two whole numbers" }
const CONVOLUTION = {
  ...WEIGHTS,
  ...WINDOW,
  dilation: "two positive whole numbers",
  groups: "a positive whole number",
}
const POOL = { kernel: "two positive whole numbers", ...WINDOW }

/**
 * @param {boolean} fits
 * @param {string} message
 */
function demand(fits, message) {
  if (!fits) throw new Error(message)
}

/**
 * @param {string} name
 * @param {number[]} found
 * @param {number[]} wanted
 */
function demandSizes(name, found, wanted) {
  demand(String(found) === String(wanted), `${name} is [${found}] large, not [${wanted}]`)
}

/** @type {Kind["shape"]} */
function linear({ weight, bias }, [input], sizes) {
  demand(input.length === 1, `its input has the shape [${input}], not [features]`)
  const [outputs] = sizes(weight)
  demandSizes(weight, sizes(weight), [outputs, input[0]])
  if (bias !== null) demandSizes(bias, sizes(bias), [outputs])
  return [outputs]
}

/**
 * @param {number[]} shape
 * @returns {number[]}
 */
function image(shape) {
  demand(shape.length === 3, `its input has the shape [${shape}], not [channels, height, width]`)
  return shape
}

/** @type {Kind["shape"]} */
function convolution({ weight, bias, stride, padding, dilation, groups }, [input], sizes) {
  const [inputs, ...sides] = image(input)
  const [outputs, , ...kernel] = sizes(weight)
  demandSizes(weight, sizes(weight), [outputs, inputs / groups, kernel[0], kernel[1]])
  demand(outputs % groups === 0, `${outputs} channels do not fall into ${groups} groups`)
  demand(kernel.every(positive), `${weight} is empty`)
  if (bias !== null) demandSizes(bias, sizes(bias), [outputs])
  return [
    outputs,
    ...sides.map((side, at) =>
      windows(side + 2 * padding[at], dilation[at] * (kernel[at] - 1) + 1, stride[at]),
    ),
  ]
}

/** @type {Kind["shape"]} */
function transposed(op, [input], sizes) {
  const { weight, bias, stride, padding, output_padding: extra, dilation, groups } = op
  const [inputs, ...sides] = image(input)
  const [, share, ...kernel] = sizes(weight)
  demandSizes(weight, sizes(weight), [inputs, share, kernel[0], kernel[1]])
  demand(inputs % groups === 0, `${inputs} channels do not fall into ${groups} groups`)
  demand(kernel.every(positive), `${weight} is empty`)
  if (bias !== null) demandSizes(bias, sizes(bias), [share * groups])
  demand(
    extra.every((value, at) => value < Math.max(stride[at], dilation[at])),
    `its output padding [${extra}] is not below its stride or dilation`,
  )
  return [
    share * groups,
    ...sides.map(
      (side, at) =>
        (side - 1) * stride[at] - 2 * padding[at] + dilation[at] * (kernel[at] - 1) + extra[at] + 1,
    ),
  ]
}

/** @type {Kind["shape"]} */
function pool({ kernel, stride, padding }, [input]) {
  const [channels, ...sides] = image(input)
  demand(
    padding.every((value, at) => 2 * value <= kernel[at]),
    `its padding [${padding}] is more than half its kernel [${kernel}]`,
  )
  return [
    channels,
    ...sides.map((side, at) => windows(side + 2 * padding[at], kernel[at], stride[at])),
  ]
}

/**
 * How many windows fit into a side.
 * @param {number} side
 * @param {number} window
 * @param {number} stride
 */
function windows(side, window, stride) {
  return Math.floor((side - window) / stride) + 1
}

/** @type {Kind["shape"]} */
function upsample({ mode, align_corners: aligned, shape }, [input]) {
  const [channels] = image(input)
  demand(mode === "bilinear" || !aligned, "nearest neighbours have no aligned corners")
  return [channels, ...shape.slice(1)]
}

/** @type {Kind["shape"]} */
function reshape({ shape }, [input]) {
  demand(count(shape) === count(input), `[${input}] has not as many numbers as [${shape}]`)
  return shape
}

/** @type {Kind["shape"]} */
function add(_, [one, other]) {
  demand(String(one) === String(other), `its inputs are [${one}] and [${other}]`)
  return one
}

/** @type {Kind["shape"]} */
function concat({ axis }, inputs) {
  demand(axis === 0, `it joins axis ${axis}; only channels (axis 0) can be joined`)
  const [, ...rest] = inputs[0]
  demand(
    inputs.every(([, ...other]) => String(other) === String(rest)),
    `its inputs are ${inputs.map((shape) => `[${shape}]`).join(" and ")}`,
  )
  return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...rest]
}

/** @type {Kind["shape"]} */
function affine({ scale, shift }, [input], sizes) {
  demand(input.length === 1 || input.length === 3, `its input has the shape [${input}]`)
  for (const name of [scale, shift]) {
    if (String(sizes(name)) !== "1") demandSizes(name, sizes(name), [input[0]])
  }
  return input
}

/**
 * @param {Record<string, string>} [attributes]
 * @returns {Kind}
 */
function elementwise(attributes = {}) {
  return { attributes, inputs: [1, 1], shape: (_, [input]) => input }
}

/** How many numbers a shape holds. @param {number[]} shape */
export function count(shape) {
  return shape.reduce((product, size) => product * size, 1)
}

/** @type {Record<string, Kind>} */
export const KINDS = {
  linear: { attributes: WEIGHTS, inputs: [1, 1], shape: linear },
  conv2d: { attributes: CONVOLUTION, inputs: [1, 1], shape: convolution },
  conv_transpose2d: {
    attributes: { ...CONVOLUTION, output_padding: "two whole numbers" },
    inputs: [1, 1],
    shape: transposed,
  },
  relu: elementwise(),
  tanh: elementwise(),
  sigmoid: elementwise(),
  silu: elementwise(),
  leaky_relu: elementwise({ negative_slope: "a number" }),
  elu: elementwise({ alpha: "a number" }),
  gelu: elementwise({ approximate: '"none" or "tanh"' }),
  softplus: elementwise({ beta: "a positive number", threshold: "a number" }),
  reshape: { attributes: {}, inputs: [1, 1], shape: reshape },
  flatten: { attributes: {}, inputs: [1, 1], shape: reshape },
  upsample: {
    attributes: { mode: '"nearest" or "bilinear"', align_corners: "true or false" },
    inputs: [1, 1],
    shape: upsample,
  },
  avg_pool: {
    attributes: { ...POOL, count_include_pad: "true or false" },
    inputs: [1, 1],
    shape: pool,
  },
  max_pool: { attributes: POOL, inputs: [1, 1], shape: pool },
  add: { attributes: {}, inputs: [2, 2], shape: add },
  concat: { attributes: { axis: "a whole number" }, inputs: [2, Infinity], shape: concat },
  affine: {
    attributes: { scale: "a tensor's name", shift: "a tensor's name" },
    inputs: [1, 1],
    shape: affine,
  },
}
