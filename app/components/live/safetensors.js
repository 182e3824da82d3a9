// Reads safetensors: a header's length (8 bytes), the header (JSON), then the tensors' bytes.
const BYTES = { F16: 2, F32: 4 }
const MOST_HEADER = 1e6

// The tensors in a buffer, by name: { shape, values }, values being float32 whatever was stored.
export function readSafetensors(buffer) {
  if (buffer.byteLength < 8) throw new Error("the weights are shorter than their header")
  const length = Number(new DataView(buffer).getBigUint64(0, true))
  if (length > MOST_HEADER || 8 + length > buffer.byteLength) {
    throw new Error("the weights' header is longer than the file")
  }
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)))
  const tensors = new Map()
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of Object.entries(header)) {
    if (name === "__metadata__") continue
    const count = shape.reduce((product, size) => product * size, 1)
    if (end - start !== count * BYTES[dtype] || 8 + length + end > buffer.byteLength) {
      throw new Error(`the weights of ${name} are cut short, or neither float16 nor float32`)
    }
    const bytes = buffer.slice(8 + length + start, 8 + length + end) // aligned to its numbers
    tensors.set(name, { shape, values: dtype === "F16" ? fromHalf(bytes) : new Float32Array(bytes) })
  }
  return tensors
}

let singles = null // what each of the 65,536 float16 is

// float16, which not every browser can read by itself, to float32; by a table, which is twenty times
// quicker than working each number out.
export function fromHalf(buffer) {
  singles ??= Float32Array.from({ length: 65536 }, (_, bits) => single(bits))
  const halves = new Uint16Array(buffer)
  const numbers = new Float32Array(halves.length)
  for (let at = 0; at < halves.length; at += 1) numbers[at] = singles[halves[at]]
  return numbers
}

function single(bits) {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  let size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24
  if (exponent === 31) size = fraction ? NaN : Infinity
  return bits >> 15 ? -size : size
}
