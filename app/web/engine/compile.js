// A network of networks.json, made ready to run.
import { ELEMENTWISE, elementwise, slopeOf } from "./elementwise.js"
import { checkGraph } from "./graph.js"
import { count } from "./kinds.js"
import { layOut, put, take } from "./maps.js"
import { Arena } from "./memory.js"
import { quads, reach, sidesOf } from "./quads.js"
import { pool, upsample } from "./resample.js"

/** @typedef {import("./graph.js").Graph} Graph */
/** @typedef {import("./graph.js").Tensors} Tensors */
/** @typedef {import("./kinds.js").Op} Op */
/** @typedef {import("./maps.js").Layout} Layout */
/** @typedef {import("./maps.js").Frame} Frame */
/** @typedef {() => void} Step */

const QUADS = ["linear", "conv2d", "conv_transpose2d"]

/**
 * @typedef {object} Network
 * @property {number[]} input its shape
 * @property {Record<string, number[]>} outputs their shapes
 * @property {(input: ArrayLike<number>, into?: Record<string, Float32Array>)
 *   => Record<string, Float32Array>} run the outputs, row-major as torch has them, in the arrays of
 *   `into` where it has them
 */

/**
 * Checks a graph (an Error says what is wrong with it) and makes the function that runs it.
 * @param {unknown} graph of networks.json
 * @param {Tensors} tensors
 * @param {string[]} outputs those that the graph must have
 * @returns {Network}
 */
export function compile(graph, tensors, outputs) {
  const checked = checkGraph(graph, tensors, outputs)
  const { input } = checked
  const { layouts, steps } = plan(checked, tensors)
  const first = /** @type {Layout} */ (layouts.get(input.name))
  const size = count(input.shape)
  const last = Object.entries(checked.outputs).map(([output, name]) => ({
    output,
    layout: /** @type {Layout} */ (layouts.get(name)),
  }))
  return {
    input: input.shape,
    outputs: Object.fromEntries(last.map(({ output, layout }) => [output, layout.shape])),
    run(values, into = {}) {
      if (values.length !== size) {
        throw new Error(`the network takes ${size} numbers, not ${values.length}`)
      }
      put(values, first)
      for (const step of steps) step()
      return Object.fromEntries(
        last.map(({ output, layout }) => [
          output,
          take(layout, into[output] ?? new Float32Array(count(layout.shape))),
        ]),
      )
    },
  }
}

/**
 * Where everything lies, and the steps in their order.
 * @param {Graph} graph
 * @param {Tensors} tensors
 */
function plan(graph, tensors) {
  const homes = homesOf(graph)
  const frames = framesOf(graph, tensors, homes)
  const arena = new Arena()
  /** @type {Map<string, Layout>} */
  const layouts = new Map()
  const NONE = { top: 0, bottom: 0, left: 0, right: 0 }
  const place = (/** @type {string} */ name, /** @type {number[]} */ shape, padded = false) => {
    const home = homes.get(name) ?? name
    const layout = layouts.get(home) ?? layOut(arena, shape, padded, frames.get(home) ?? NONE)
    layouts.set(home, layout)
    layouts.set(name, layout)
    return layout
  }
  place(graph.input.name, graph.input.shape)
  /** @type {Step[]} */
  const steps = []
  const { ops } = graph
  for (let at = 0; at < ops.length; at += 1) {
    const op = ops[at]
    const from = op.inputs.map((name) => /** @type {Layout} */ (layouts.get(name)))
    const isQuad = QUADS.includes(op.op)
    const to = place(op.name, op.shape, isQuad)
    if (isQuad) {
      // The activation that follows is done at once, if it is the only op to see the sums.
      const next = ops[at + 1]
      const slope =
        next && homes.get(next.name) === (homes.get(op.name) ?? op.name) ? slopeOf(next) : null
      steps.push(quads(op, from[0], to, slope ?? 1, tensors, arena))
      if (slope !== null) {
        place(next.name, next.shape)
        at += 1
      }
    } else {
      steps.push(...stepsOf(op, from, to, tensors))
    }
  }
  return { layouts, steps }
}

/**
 * @param {Op} op
 * @param {Layout[]} from
 * @param {Layout} to
 * @param {Tensors} tensors
 * @returns {Step[]}
 */
function stepsOf(op, from, to, tensors) {
  const [first] = from
  if (ELEMENTWISE.includes(op.op)) return [elementwise(op, first, to, tensors)]
  switch (op.op) {
    case "max_pool":
    case "avg_pool":
      return [pool(op, first, to)]
    case "upsample":
      return [upsample(op, first, to)]
    case "add":
      return [add(from, to)]
    case "concat":
      return concat(from, to)
    default:
      return [reshape(first, to)]
  }
}

/**
 * By op: where its output lies, if that is where its input does. An elementwise op works in place
 * if nothing else wants its input.
 * @param {Graph} graph
 */
function homesOf({ ops, outputs }) {
  /** @type {Map<string, number>} */
  const uses = new Map()
  for (const name of [...ops.flatMap(({ inputs }) => inputs), ...Object.values(outputs)]) {
    uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  /** @type {Map<string, string>} */
  const homes = new Map()
  for (const {
    name,
    op,
    inputs: [input],
  } of ops) {
    if (ELEMENTWISE.includes(op) && uses.get(input) === 1) {
      homes.set(name, homes.get(input) ?? input)
    }
  }
  return homes
}

/**
 * By home: the zeros that convolutions want around it.
 * @param {Graph} graph
 * @param {Tensors} tensors
 * @param {Map<string, string>} homes
 */
function framesOf({ input, ops }, tensors, homes) {
  const shapes = new Map([input, ...ops].map(({ name, shape }) => [name, shape]))
  /** @type {Map<string, Frame>} */
  const frames = new Map()
  for (const op of ops.filter(({ op: kind }) => QUADS.includes(kind))) {
    const [name] = op.inputs
    const home = homes.get(name) ?? name
    const shape = shapes.get(name) ?? []
    const wanted = reach(sidesOf(op, shape, tensors.get(op.weight)?.shape ?? []), shape)
    const { top, bottom, left, right } = frames.get(home) ?? wanted
    frames.set(home, {
      top: Math.max(top, wanted.top),
      bottom: Math.max(bottom, wanted.bottom),
      left: Math.max(left, wanted.left),
      right: Math.max(right, wanted.right),
    })
  }
  return frames
}

/**
 * @param {Layout} from
 * @param {Layout} to
 * @returns {Step}
 */
function reshape(from, to) {
  const flat = new Float32Array(count(from.shape))
  return () => put(take(from, flat), to)
}

/**
 * @param {Layout[]} from
 * @param {Layout} to
 * @returns {Step}
 */
function add([one, other], to) {
  const { height, width, channels } = to
  return () => {
    const { values } = to.floats
    for (let y = 0; y < height; y += 1) {
      let place = to.origin + y * to.row
      let at = one.origin + y * one.row
      let beside = other.origin + y * other.row
      for (let x = 0; x < width; x += 1) {
        for (let channel = 0; channel < channels; channel += 1) {
          values[place + channel] =
            one.floats.values[at + channel] + other.floats.values[beside + channel]
        }
        place += to.stored
        at += one.stored
        beside += other.stored
      }
    }
  }
}

/**
 * @param {Layout[]} from
 * @param {Layout} to
 * @returns {Step[]}
 */
function concat(from, to) {
  let start = 0
  return from.map((part) => {
    const { height, width, channels } = part
    const offset = to.origin + start
    start += channels
    return () => {
      const { values } = part.floats
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          const at = part.origin + y * part.row + x * part.stored
          to.floats.values.set(
            values.subarray(at, at + channels),
            offset + y * to.row + x * to.stored,
          )
        }
      }
    }
  })
}
