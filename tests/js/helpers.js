// What several tests of the engine make their networks of.

/** @typedef {{ shape: number[], values: number[] }} Written a tensor in a fixture */

/**
 * @param {Record<string, Written>} written
 * @returns {import("../../app/web/engine/graph.js").Tensors}
 */
export function tensorsOf(written) {
  return new Map(
    Object.entries(written).map(([name, { shape, values }]) => [
      name,
      { shape, values: Float32Array.from(values) },
    ]),
  )
}

/** A decoder of two-dimensional codes to images [1, 2, 3], and its weights. */
export function smallDecoder() {
  const graph = {
    input: { name: "code", shape: [2] },
    ops: [
      { name: "linear_1", op: "linear", inputs: ["code"], shape: [6], weight: "w", bias: "b" },
      { name: "reshape_1", op: "reshape", inputs: ["linear_1"], shape: [1, 2, 3] },
    ],
    outputs: { image: "reshape_1" },
  }
  const tensors = tensorsOf({
    w: { shape: [6, 2], values: [1, 0, 0, 1, 1, 1, 2, 0, 0, 2, 2, 2] },
    b: { shape: [6], values: [0, 0, 0, 1, 1, 1] },
  })
  return { graph, tensors }
}

/**
 * A safetensors file of a network, as the server sends it.
 * @param {unknown} graph
 * @param {import("../../app/web/engine/graph.js").Tensors} tensors
 */
export function networkFile(graph, tensors) {
  /** @type {Record<string, unknown>} */
  const header = { __metadata__: { graph: JSON.stringify(graph) } }
  let end = 0
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] }
    end += values.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + end)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  let at = 8 + text.length
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer), at)
    at += values.byteLength
  }
  return file.buffer
}

/** Lets all that is due be done. @param {unknown} [_] */
export function settled(_ = undefined) {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
