// What the engine refuses, each in a sentence that names it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { compile } from "../../app/web/engine/compile.js"
import { Unsupported } from "../../app/web/engine/errors.js"
import { tensorsOf } from "./helpers.js"

const convolution = {
  name: "conv2d_1",
  op: "conv2d",
  inputs: ["image"],
  shape: [4, 3, 3],
  weight: "w",
  bias: "b",
  stride: [2, 2],
  padding: [1, 1],
  dilation: [1, 1],
  groups: 1,
}
const deconvolution = {
  ...convolution,
  name: "conv_transpose2d_1",
  op: "conv_transpose2d",
  inputs: ["conv2d_1"],
  shape: [2, 6, 6],
  weight: "t",
  bias: null,
  output_padding: [1, 1],
}
const linear = {
  name: "linear_1",
  op: "linear",
  inputs: ["flat"],
  shape: [2],
  weight: "l",
  bias: null,
}
const flat = { name: "flat", op: "flatten", inputs: ["conv2d_1"], shape: [36] }
const pool = { name: "pool", op: "max_pool", inputs: ["image"], kernel: [2, 2], stride: [2, 2] }
const tensors = tensorsOf({
  w: { shape: [4, 2, 3, 3], values: Array(72).fill(1) },
  t: { shape: [4, 2, 3, 3], values: Array(72).fill(1) },
  b: { shape: [4], values: [0, 0, 0, 0] },
  l: { shape: [2, 36], values: Array(72).fill(1) },
})

/**
 * @param {object[]} ops
 * @param {object} [others]
 */
function networkOf(ops, others = {}) {
  const graph = {
    input: { name: "image", shape: [2, 5, 5] },
    ops,
    outputs: { y: /** @type {any} */ (ops.at(-1))?.name },
    ...others,
  }
  return () => compile(graph, tensors, ["y"])
}

/** An op, and all that is before it in a sound network. @param {any} op */
function after(op) {
  const before = op.inputs?.[0] === "flat" ? [convolution, flat] : [convolution]
  return networkOf(op.inputs?.[0] === "image" ? [op] : [...before, op])
}

test("the networks that the refusals below differ from are taken", () => {
  for (const op of [convolution, deconvolution, linear]) assert.doesNotThrow(after(op))
  assert.doesNotThrow(after({ ...pool, shape: [2, 2, 2], padding: [0, 0] }))
})

/** @type {[string, object, RegExp][]} */
const REFUSED = [
  ["an attribute that its kind has not", { ...convolution, mode: "same" }, /conv2d_1.* has mode/],
  ["a missing attribute", { ...convolution, stride: undefined }, /stride of .*conv2d_1/],
  ["an attribute of another type", { ...convolution, padding: "same" }, /padding of .*"same"/],
  ["a stride of zero", { ...convolution, stride: [0, 1] }, /stride of .*\[0,1\]/],
  ["a negative padding", { ...convolution, padding: [-1, 1] }, /padding of .*\[-1,1\]/],
  [
    "a shape that it does not make",
    { ...convolution, shape: [4, 5, 5] },
    /\[4,3,3\], not \[4,5,5\]/,
  ],
  ["no shape", { ...convolution, shape: "4" }, /conv2d_1.* no shape/],
  ["a missing tensor", { ...convolution, weight: "v" }, /conv2d_1.* no v/],
  ["weights of other channels", { ...convolution, groups: 2 }, /conv2d_1.*w is \[4,2,3,3\] large/],
  ["a bias of another size", { ...convolution, bias: "l" }, /conv2d_1.*l is \[2,36\] large/],
  [
    "an input that nothing makes",
    { ...deconvolution, inputs: ["x"] },
    /conv_transpose2d_1.* takes x/,
  ],
  ["too many inputs", { ...convolution, inputs: ["image", "image"] }, /conv2d_1.* inputs/],
  [
    "an output padding like its stride",
    { ...deconvolution, output_padding: [2, 0] },
    /padding \[2,0\]/,
  ],
  ["an input that is an image", { ...linear, inputs: ["conv2d_1"] }, /linear_1.*\[4,3,3\]/],
  ["a linear layer of other features", { ...linear, weight: "t" }, /linear_1.*t is/],
  ["a reshape of other size", { ...flat, shape: [35] }, /flat .*\[4,3,3\] has not as many/],
  [
    "a pool with too much padding",
    { ...pool, shape: [2, 5, 5], padding: [2, 2] },
    /pool .*padding/,
  ],
  ["the name of an earlier op", { ...flat, name: "conv2d_1" }, /conv2d_1.* earlier/],
  ["no name", { ...flat, name: "" }, /no name/],
  ["an axis other than channels", concat(1), /cat .*axis 1/],
  ["images of two sizes side by side", concat(0), /cat .*\[4,3,3\] and \[2,5,5\]/],
]

/** @param {number} axis */
function concat(axis) {
  return { name: "cat", op: "concat", inputs: ["conv2d_1", "image"], shape: [6, 5, 5], axis }
}

for (const [what, op, message] of REFUSED) {
  test(`${what} is refused`, () => assert.throws(after(op), { name: "Error", message }))
}

test("an op that the engine has no kernel for is told from a broken network", () => {
  for (const kind of ["attention", "toString", "__proto__", 5]) {
    assert.throws(networkOf([{ ...convolution, op: kind }]), (error) => {
      assert.ok(error instanceof Unsupported)
      assert.match(error.message, new RegExp(`no kernel for ${kind}.*conv2d_1`))
      return true
    })
  }
})

test("a network larger than a browser's memory is told from a broken one", () => {
  const upsample = { name: "up", op: "upsample", inputs: ["image"], mode: "nearest" }
  assert.throws(
    networkOf([{ ...upsample, align_corners: false, shape: [2, 1e5, 1e5] }]),
    (error) => error instanceof Unsupported && /256 MB/.test(error.message),
  )
  assert.throws(
    networkOf([{ ...upsample, align_corners: false, shape: [2, 2 ** 52, 2 ** 52] }]),
    (error) => error instanceof Unsupported,
  )
})

test("what is no network at all is refused", () => {
  const input = { name: "image", shape: [2, 5, 5] }
  for (const graph of [null, undefined, "conv", [], 3, {}, { input, ops: [convolution] }]) {
    assert.throws(() => compile(graph, tensors, ["y"]), { name: "Error", message: /the network/ })
  }
  assert.throws(networkOf([convolution], { input: { name: "image" } }), /input has no/)
  assert.throws(networkOf([convolution], { ops: {} }), /no list/)
  assert.throws(networkOf([[]]), /no name/)
  assert.throws(networkOf([convolution], { format: 1 }), /has format/)
})

test("outputs are those that are asked for, each made by an op", () => {
  assert.throws(networkOf([convolution], { outputs: { y: "conv2d_2" } }), /output y .*conv2d_2/)
  assert.throws(networkOf([convolution], { outputs: { y: "image" } }), /output y .*image/)
  assert.throws(networkOf([convolution], { outputs: {} }), /outputs has no y/)
  assert.throws(networkOf([convolution], { outputs: { y: "conv2d_1", z: "conv2d_1" } }), /has z/)
})

test("an input of another length is refused", () => {
  assert.throws(() => networkOf([convolution])().run(new Float32Array(49)), /50 numbers, not 49/)
})
