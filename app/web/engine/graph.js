// Checks an encoder or decoder of networks.json before it is run: nothing is guessed.
import { Unsupported } from "./errors.js"
import { KINDS, TYPES } from "./kinds.js"

/** @typedef {import("./kinds.js").Op} Op */
/** @typedef {Map<string, import("./safetensors.js").Tensor>} Tensors by name */

/**
 * @typedef {object} Graph
 * @property {{ name: string, shape: number[] }} input
 * @property {Op[]} ops in order of execution
 * @property {Record<string, string>} outputs the op that makes each
 */

const OWN = ["name", "op", "inputs", "shape"]

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** @param {unknown} value @returns {value is string} */
function isName(value) {
  return typeof value === "string" && value !== ""
}

/** @param {unknown} value @returns {value is number[]} */
function isShape(value) {
  return Array.isArray(value) && value.length > 0 && value.every(TYPES["a positive whole number"])
}

/**
 * The graph itself, if all its ops, attributes, shapes and tensors are sound; else an Error that
 * names what is not, Unsupported if it is only that the engine has no such op.
 * @param {unknown} graph
 * @param {Tensors} tensors
 * @param {string[]} outputs the outputs that it must have
 * @returns {Graph}
 */
export function checkGraph(graph, tensors, outputs) {
  if (!isObject(graph)) throw new Error("the network is not described by an object")
  demandKeys("the network", graph, ["input", "ops", "outputs"])
  const { input, ops } = graph
  if (!isObject(input) || !isName(input.name) || !isShape(input.shape)) {
    throw new Error("the network's input has no name or no shape")
  }
  if (!Array.isArray(ops)) throw new Error("the network's ops are no list")
  /** @type {Map<string, number[]>} */
  const shapes = new Map([[input.name, input.shape]])
  for (const op of ops) {
    checkOp(op, shapes, tensors)
    shapes.set(op.name, op.shape)
  }
  const made = graph.outputs
  if (!isObject(made)) throw new Error("the network's outputs are no object")
  demandKeys("the network's outputs", made, outputs)
  for (const [output, name] of Object.entries(made)) {
    if (!isName(name) || name === input.name || !shapes.has(name)) {
      throw new Error(`the network's output ${output} is made by ${name}, which is no op of it`)
    }
  }
  return /** @type {Graph} */ (/** @type {unknown} */ (graph))
}

/**
 * @param {string} what
 * @param {object} value
 * @param {string[]} keys
 */
function demandKeys(what, value, keys) {
  for (const key of keys) if (!Object.hasOwn(value, key)) throw new Error(`${what} has no ${key}`)
  const others = Object.keys(value).filter((key) => !keys.includes(key))
  if (others.length) throw new Error(`${what} has ${others[0]}, which the engine does not know`)
}

/**
 * @param {unknown} op
 * @param {Map<string, number[]>} shapes of what is made before it
 * @param {Tensors} tensors
 */
function checkOp(op, shapes, tensors) {
  if (!isObject(op) || !isName(op.name)) throw new Error("an op of the network has no name")
  const { name, op: kind, inputs, shape } = op
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    throw new Unsupported(`the engine has no kernel for ${kind}, the kind of the op ${name}`)
  }
  const what = `the op ${name} (${kind})`
  if (shapes.has(name)) throw new Error(`${what} has the name of an earlier one`)
  const {
    attributes,
    inputs: [fewest, most],
    shape: rule,
  } = KINDS[kind]
  demandKeys(what, op, [...OWN, ...Object.keys(attributes)])
  for (const [key, type] of Object.entries(attributes)) {
    if (!TYPES[type](op[key])) {
      throw new Error(`${key} of ${what} is ${JSON.stringify(op[key])}, not ${type}`)
    }
  }
  if (!Array.isArray(inputs) || inputs.length < fewest || inputs.length > most) {
    throw new Error(`${what} has not as many inputs as its kind takes`)
  }
  const missing = inputs.find((input) => !shapes.has(input))
  if (missing !== undefined)
    throw new Error(`${what} takes ${missing}, which nothing before it makes`)
  if (!isShape(shape)) throw new Error(`${what} has no shape of positive whole numbers`)
  const from = inputs.map((input) => /** @type {number[]} */ (shapes.get(input)))
  let expected
  try {
    expected = rule(/** @type {Op} */ (/** @type {unknown} */ (op)), from, (tensor) =>
      sizesOf(tensors, tensor),
    )
  } catch (error) {
    throw new Error(`${what} does not fit: ${/** @type {Error} */ (error).message}`)
  }
  if (String(expected) !== String(shape)) {
    throw new Error(`${what} makes the shape [${expected}], not [${shape}]`)
  }
}

/**
 * @param {Tensors} tensors
 * @param {string} name
 */
function sizesOf(tensors, name) {
  const tensor = tensors.get(name)
  if (!tensor) throw new Error(`the weights have no ${name}`)
  return tensor.shape
}
