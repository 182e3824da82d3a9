// Runs' networks as they come from the server, and the worker that uses them.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { Decoder } from "../../app/web/engine/models.js"
import { RemoteDecoder } from "../../app/web/engine/remote.js"
import { classify, load, loadArray, loaded } from "../../app/web/engine/weights.js"
import { networkFile, smallDecoder } from "./helpers.js"

let count = 0
let run = { source: "", version: "1", bound: null, latentDim: 2 }
/** @type {{ path: string, method: string, body: unknown }[]} */
let asked = []
/** @type {Record<string, () => Response | Promise<Response>>} by the last part of the address */
let answers = {}

globalThis.fetch = async (url, { method = "GET", body = null } = {}) => {
  const path = String(url).split("/").slice(-4).join("/")
  asked.push({ path, method, body })
  const answer = answers[path.split("/")[3].split("?")[0]]
  return answer ? answer() : new Response("There is no such part.", { status: 404 })
}

beforeEach(() => {
  count += 1
  run = { ...run, source: `live/mnist/run${count}` }
  asked = []
  const { graph, tensors } = smallDecoder()
  answers = { "decoder.safetensors": () => new Response(networkFile(graph, tensors)) }
})

function withUnknownOp() {
  const { graph, tensors } = smallDecoder()
  const attention = { ...graph.ops[1], name: "attention_1", op: "attention" }
  const strange = { ...graph, ops: [graph.ops[0], attention], outputs: { image: "attention_1" } }
  answers["decoder.safetensors"] = () => new Response(networkFile(strange, tensors))
  answers.decode = () => new Response(Uint8Array.of(1, 2, 3, 4, 5, 6))
}

test("a decoder is asked for once, by the run's version, and decodes", async () => {
  assert.equal(loaded(run, "decoder"), undefined)
  const [decoder, again] = await Promise.all([load(run, "decoder"), load(run, "decoder")])
  assert.ok(decoder instanceof Decoder)
  assert.equal(decoder, again)
  assert.equal(loaded(run, "decoder"), decoder)
  assert.deepEqual(
    asked.map(({ path }) => path),
    [`live/mnist/run${count}/decoder.safetensors?v=1`],
  )
  /** @type {number[][]} */
  const drawn = []
  decoder.show(
    [0.5, 2],
    (found) => drawn.push([...found]),
    "canvas",
    () => assert.fail(),
  )
  assert.deepEqual(drawn, [[0.5, 2, 2.5, 2, 5, 6]])
  assert.equal(decoder.reason, null)
})

test("what the server says of a run it does not serve is the error, and not kept", async () => {
  await assert.rejects(load(run, "encoder"), { message: "There is no such part." })
  await assert.rejects(load(run, "encoder"), { message: "There is no such part." })
  assert.equal(asked.length, 2)
})

test("a server that does not answer is said so", async () => {
  answers["codes.bin"] = () => Promise.reject(new TypeError("fetch failed"))
  await assert.rejects(loadArray(run, "codes.bin"), /the server does not answer/)
})

test("weights without a network, or of another one, are refused, not guessed", async () => {
  const { graph, tensors } = smallDecoder()
  answers["decoder.safetensors"] = () => new Response(networkFile(undefined, tensors))
  await assert.rejects(load(run, "decoder"), /come without their network/)
  answers["decoder.safetensors"] = () => new Response(networkFile("mlp-swish", tensors))
  await assert.rejects(load(run, "decoder"), /not described/)
  tensors.delete("w")
  answers["decoder.safetensors"] = () => new Response(networkFile(graph, tensors))
  await assert.rejects(load(run, "decoder"), /linear_1.* no w/)
})

test("a network with an op of no kernel is decoded by the server, and says why", async () => {
  withUnknownOp()
  const decoder = await load(run, "decoder")
  assert.ok(decoder instanceof RemoteDecoder)
  assert.match(decoder.reason, /no kernel for attention/)
  const shown = await new Promise((resolve, reject) => {
    decoder.show([7, 8], resolve, "canvas", reject)
  })
  assert.deepEqual([...shown], [1, 2, 3, 4, 5, 6])
  const { path, method, body } = asked[1]
  assert.equal(path, `live/mnist/run${count}/decode?v=1`)
  assert.equal(method, "POST")
  assert.deepEqual(body, Float32Array.of(7, 8))
})

test("an image is encoded by the server where the encoder has an op of no kernel", async () => {
  const ops = [{ name: "mean", op: "attention", inputs: ["image"], shape: [2] }]
  const graph = { input: { name: "image", shape: [1, 2, 3] }, ops, outputs: {} }
  answers["encoder.safetensors"] = () => new Response(networkFile(graph, new Map()))
  answers.encode = () => new Response(Float32Array.of(0.5, 2, -1, -2))
  const task = { run, image: Float32Array.of(0, 1, 0, 1, 0, 1) }
  const { result } = await workerAnswers({ kind: "reconstruct", task })
  assert.deepEqual(result.mean, Float32Array.of(0.5, 2))
  assert.deepEqual(result.logVar, Float32Array.of(-1, -2))
  assert.deepEqual([...result.image], [0.5, 2, 2.5, 2, 5, 6])
  assert.deepEqual(asked.find(({ method }) => method === "POST")?.body, task.image)
  answers.encode = () => new Response(Float32Array.of(0.5))
  const { problem } = await workerAnswers({ kind: "reconstruct", task })
  assert.match(problem, /answered 1 numbers to an image/)
})

test("codes go to the classifier as float32", async () => {
  answers.classify = () => new Response(Float32Array.of(0.25, 0.75))
  assert.deepEqual(await classify(run, [1, 2]), Float32Array.of(0.25, 0.75))
  assert.deepEqual(asked[0].body, Float32Array.of(1, 2))
})

/** What the worker answers. @param {unknown} data */
async function workerAnswers(data) {
  /** @type {any} */
  const scope = globalThis
  await import("../../app/web/engine/worker.js")
  return new Promise((resolve) => {
    scope.postMessage = resolve
    scope.onmessage({ data })
  })
}

test("the worker decodes, by itself or by the server, and tells what goes wrong", async () => {
  const task = { run, codes: Float32Array.of(0, 0, 0.5, 2) }
  const { result } = await workerAnswers({ kind: "decode", task })
  assert.deepEqual([...result.images], [0, 0, 0, 255, 255, 255, 128, 255, 255, 255, 255, 255])
  run = { ...run, version: "2" }
  withUnknownOp()
  const remote = await workerAnswers({
    kind: "decode",
    task: { run, codes: Float32Array.of(0, 0) },
  })
  assert.deepEqual([...remote.result.images], [1, 2, 3, 4, 5, 6])
  const task2 = { run, image: new Float32Array(6) }
  const { problem } = await workerAnswers({ kind: "reconstruct", task: task2 })
  assert.equal(problem, "There is no such part.")
})
