// Reads safetensors: a header's length (8 bytes), the header (JSON), then the tensors' bytes.

/** @typedef {{ shape: number[], values: Float32Array }} Tensor */
/** @typedef {{ dtype: string, shape: number[], data_offsets: [number, number] }} Entry */

/** @type {Record<string, number>} */
const BYTES = { F16: 2, F32: 4 }
const MOST_HEADER = 1e6

/**
 * The tensors in a buffer by name, float32 whatever was stored, and the texts beside them. An Error
 * says in one sentence what is wrong with the file.
 * @param {ArrayBuffer} buffer
 * @returns {{ tensors: Map<string, Tensor>, metadata: Record<string, unknown> }}
 */
export function readSafetensors(buffer) {
  const [{ __metadata__: metadata = {}, ...header }, start] = readHeader(buffer)
  const names = Object.keys(header)
  const tensors = new Map(
    names.map((name) => [name, readTensor(buffer, start, name, header[name])]),
  )
  const bytes = names.reduce((sum, name) => sum + span(header[name]), 0)
  // Each lies within the buffer: only where two overlap, or one stands twice, is there more or less.
  if (start + bytes !== buffer.byteLength) throw new Error("the weights do not fill their file")
  return { tensors, metadata: /** @type {Record<string, unknown>} */ (metadata) }
}

/**
 * The header, and where the tensors' bytes begin.
 * @param {ArrayBuffer} buffer
 * @returns {[Record<string, Entry>, number]}
 */
function readHeader(buffer) {
  if (buffer.byteLength < 8) throw new Error("the weights are shorter than their header")
  const length = Number(new DataView(buffer).getBigUint64(0, true))
  if (length > MOST_HEADER || 8 + length > buffer.byteLength) {
    throw new Error("the weights' header is longer than the file")
  }
  let header = null
  try {
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)))
  } catch {
    // which leaves it null
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new Error("the weights' header is not that of safetensors")
  }
  return [header, 8 + length]
}

/**
 * @param {ArrayBuffer} buffer
 * @param {number} start
 * @param {string} name
 * @param {Entry} entry
 * @returns {Tensor}
 */
function readTensor(buffer, start, name, entry) {
  const { dtype, shape, data_offsets } = entry ?? {}
  const [from, to] = Array.isArray(data_offsets) ? data_offsets : [-1, -1]
  const isWhole = (/** @type {unknown} */ value) =>
    Number.isSafeInteger(value) && Number(value) >= 0
  if (!Array.isArray(shape) || ![...shape, from, to].every(isWhole)) {
    throw new Error(`the header of the weights says nothing sensible of ${name}`)
  }
  const count = shape.reduce((product, size) => product * size, 1)
  if (to - from !== count * BYTES[dtype] || start + to > buffer.byteLength) {
    throw new Error(`the weights of ${name} are cut short, or neither float16 nor float32`)
  }
  const bytes = buffer.slice(start + from, start + to) // aligned to its numbers
  const values = dtype === "F16" ? fromHalf(bytes) : new Float32Array(bytes)
  if (!values.every(Number.isFinite)) throw new Error(`a weight of ${name} is not finite`)
  return { shape, values }
}

/** @param {Entry} entry */
function span({ data_offsets: [from, to] }) {
  return to - from
}

/** @type {Float32Array | null} */
let singles = null // what each of the 65,536 float16 is

/**
 * float16, which not every browser can read by itself, to float32; by a table, which is twenty times
 * quicker than working each number out.
 * @param {ArrayBuffer} buffer
 */
export function fromHalf(buffer) {
  singles ??= Float32Array.from({ length: 65536 }, (_, bits) => single(bits))
  const halves = new Uint16Array(buffer)
  const numbers = new Float32Array(halves.length)
  for (let at = 0; at < halves.length; at += 1) numbers[at] = singles[halves[at]]
  return numbers
}

/** @param {number} bits */
function single(bits) {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  let size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24
  if (exponent === 31) size = fraction ? NaN : Infinity
  return bits >> 15 ? -size : size
}
