// Decoders and encoders as the views use them: order of colours, latent clipping.
import assert from "node:assert/strict"
import { test } from "node:test"
import { clipNorm, norm } from "../../app/web/engine/latent.js"
import { Decoder, Encoder } from "../../app/web/engine/models.js"
import { smallDecoder, tensorsOf } from "./helpers.js"

const eye = (/** @type {number} */ size) => ({
  shape: [size, size],
  values: Array.from({ length: size * size }, (_, at) => (at % (size + 1) ? 0 : 1)),
})

/** An encoder of images [3, 1, 2] whose mean is the image itself, channels first. */
function copyingEncoder() {
  const head = { op: "linear", inputs: ["flat"], shape: [6], weight: "eye", bias: null }
  return {
    input: { name: "image", shape: [3, 1, 2] },
    ops: [
      { name: "flat", op: "flatten", inputs: ["image"], shape: [6] },
      { name: "mean", ...head },
      { name: "log_var", ...head },
    ],
    outputs: { mean: "mean", log_var: "log_var" },
  }
}

test("a decoder knows its sizes and decodes into an array that it is given", () => {
  const { graph, tensors } = smallDecoder()
  const decoder = new Decoder(graph, tensors)
  assert.equal(decoder.latentDim, 2)
  assert.deepEqual(decoder.size, { height: 2, width: 3, channels: 1 })
  const image = new Float32Array(6)
  assert.equal(decoder.decode([0.5, 2], image), image)
  assert.deepEqual([...image], [0.5, 2, 2.5, 2, 5, 6])
  assert.deepEqual([...decoder.decode([0, 0])], [0, 0, 0, 1, 1, 1])
})

test("colours lie pixel by pixel outside of the network, channel by channel within", () => {
  const ops = [{ name: "image", op: "reshape", inputs: ["code"], shape: [3, 1, 2] }]
  const graph = { input: { name: "code", shape: [6] }, ops, outputs: { image: "image" } }
  const decoder = new Decoder(graph, new Map())
  assert.deepEqual([...decoder.decode([1, 2, 3, 4, 5, 6])], [1, 3, 5, 2, 4, 6])
  const encoder = new Encoder(copyingEncoder(), tensorsOf({ eye: eye(6) }), null)
  assert.deepEqual([...encoder.encode([1, 3, 5, 2, 4, 6]).mean], [1, 2, 3, 4, 5, 6])
})

test("an encoder clips means to its bound, and nothing else (Eq. 5)", () => {
  const encoder = new Encoder(copyingEncoder(), tensorsOf({ eye: eye(6) }), 2.5)
  const { mean, logVar } = encoder.encode([3, 0, 4, 0, 0, 0])
  assert.deepEqual([...mean], [1.5, 0, 0, 0, 2, 0])
  assert.deepEqual([...logVar], [3, 0, 0, 0, 4, 0])
  assert.deepEqual([...encoder.encode([0, 2, 0, 0, 0, 0]).mean], [0, 0, 2, 0, 0, 0])
})

test("norms, and clipping without a bound", () => {
  assert.equal(norm([3, -4]), 5)
  assert.deepEqual(clipNorm([30, 40], null), [30, 40])
  assert.deepEqual(clipNorm([30, 40], 5), [3, 4])
  assert.deepEqual(clipNorm([0, 0], 5), [0, 0])
})

test("networks that are not of codes and images are refused", () => {
  const { graph, tensors } = smallDecoder()
  const flat = { ...graph, ops: graph.ops.slice(0, 1), outputs: { image: "linear_1" } }
  assert.throws(() => new Decoder(flat, tensors), /images \[6\] and codes \[2\]/)
  const [first, mean, logVar] = copyingEncoder().ops
  const half = { ...logVar, shape: [3], weight: "half" }
  const unequal = { ...copyingEncoder(), ops: [first, mean, half] }
  const weights = tensorsOf({ eye: eye(6), half: { shape: [3, 6], values: Array(18).fill(0) } })
  assert.throws(() => new Encoder(unequal, weights, null), /codes \[6\] and \[3\]/)
})
