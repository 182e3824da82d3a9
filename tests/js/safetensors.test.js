// The reader of weights, against files that mean harm or have come to it.
import assert from "node:assert/strict"
import { test } from "node:test"
import { fromHalf, readSafetensors } from "../../app/web/engine/safetensors.js"

/**
 * @param {unknown} header
 * @param {ArrayLike<number>} bytes
 */
function file(header, bytes) {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  )
  const all = new Uint8Array(8 + text.length + bytes.length)
  new DataView(all.buffer).setBigUint64(0, BigInt(text.length), true)
  all.set(text, 8)
  all.set(bytes, 8 + text.length)
  return all.buffer
}

const entry = (
  /** @type {string} */ dtype,
  /** @type {unknown} */ shape,
  /** @type {number[]} */ ...at
) => ({
  dtype,
  shape,
  data_offsets: at,
})
const bytes = (/** @type {number[]} */ ...values) =>
  new Uint8Array(Float32Array.from(values).buffer)

test("tensors of both types and the texts beside them are read", () => {
  const halves = new Uint8Array(Uint16Array.from([0x3c00, 0xc000, 0x0001]).buffer)
  const header = {
    __metadata__: { graph: "{}" },
    a: entry("F32", [2, 1], 0, 8),
    b: entry("F16", [3], 8, 14),
    none: entry("F32", [0], 14, 14),
  }
  const { tensors, metadata } = readSafetensors(file(header, [...bytes(1.5, -2), ...halves]))
  assert.deepEqual(metadata, { graph: "{}" })
  assert.deepEqual(tensors.get("a"), { shape: [2, 1], values: Float32Array.of(1.5, -2) })
  assert.deepEqual(tensors.get("b"), { shape: [3], values: Float32Array.of(1, -2, 2 ** -24) })
  assert.equal(tensors.get("none")?.values.length, 0)
})

test("every float16 is read as what it is", () => {
  const read = (/** @type {number} */ bits) => fromHalf(Uint16Array.of(bits).buffer)[0]
  assert.equal(read(0x7bff), 65504)
  assert.equal(read(0x0400), 2 ** -14)
  assert.equal(read(0x83ff), -1023 * 2 ** -24)
  assert.equal(read(0x7c00), Infinity)
  assert.equal(read(0x7e00), Number.NaN)
  assert.ok(Object.is(read(0x8000), -0))
})

/** @type {[string, ArrayBuffer, RegExp][]} */
const BROKEN = [
  ["three bytes", new ArrayBuffer(3), /shorter than their header/],
  ["a header of 2^60 bytes", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 16, 1).buffer, /header is longer/],
  ["a header that is no JSON", file("{", []), /not that of safetensors/],
  ["a header that is a list", file("[]", []), /not that of safetensors/],
  ["a header that is null", file("null", []), /not that of safetensors/],
  ["an entry that is null", file({ w: null }, []), /nothing sensible of w/],
  ["an entry without a place", file({ w: { dtype: "F32", shape: [1] } }, bytes(1)), /of w/],
  [
    "a place that is no list",
    file({ w: { ...entry("F32", [1]), data_offsets: 4 } }, bytes(1)),
    /of w/,
  ],
  ["a negative size", file({ w: entry("F32", [-1], 0, 4) }, bytes(1)), /nothing sensible of w/],
  ["half a size", file({ w: entry("F32", [0.5], 0, 2) }, bytes(1)), /nothing sensible of w/],
  [
    "a shape that is a text",
    file({ w: entry("F32", "1", 0, 4) }, bytes(1)),
    /nothing sensible of w/,
  ],
  [
    "too few bytes",
    file({ w: entry("F32", [4], 0, 16) }, bytes(1, 2)),
    /weights of w are cut short/,
  ],
  ["another type", file({ w: entry("F64", [1], 0, 8) }, bytes(1, 2)), /neither float16/],
  [
    "a type of every object",
    file({ w: entry("toString", [1], 0, 8) }, bytes(1, 2)),
    /neither float16/,
  ],
  [
    "a size beyond all numbers",
    file({ w: entry("F32", [2 ** 52, 2 ** 52, 0], 0, 4) }, bytes(1)),
    /of w/,
  ],
  ["bytes of no tensor", file({ w: entry("F32", [1], 0, 4) }, bytes(1, 2)), /do not fill/],
  [
    "two tensors in one place",
    file({ w: entry("F32", [1], 0, 4), v: entry("F32", [1], 0, 4) }, bytes(1)),
    /do not fill/,
  ],
  [
    "a number that is none",
    file({ w: entry("F32", [1], 0, 4) }, bytes(Number.NaN)),
    /w is not finite/,
  ],
  ["an infinite number", file({ w: entry("F16", [1], 0, 2) }, [0, 0x7c]), /w is not finite/],
]

for (const [what, buffer, message] of BROKEN) {
  test(`${what} is refused`, () => {
    assert.throws(() => readSafetensors(buffer), { name: "Error", message })
  })
}

test("a tensor may be called like what every object has", () => {
  const header = `{"__proto__": ${JSON.stringify(entry("F32", [1], 0, 4))}}`
  const { tensors } = readSafetensors(file(header, bytes(7)))
  assert.deepEqual(tensors.get("__proto__")?.values, Float32Array.of(7))
})
