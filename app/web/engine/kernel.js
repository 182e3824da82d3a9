// The one loop that all the time goes into, as WebAssembly with SIMD: a browser runs it some six
// times faster than the same loop in JavaScript. Written out here as instructions, so that nothing
// has to be built; in words:
//
//   quad(input, weights, bias, output, blocks, runs, runStep, length, pixelStep, outStep, slope)
//
// For four neighbouring pixels: each output channel's bias, plus the products of its weights with
// `runs` runs of inputs, `length` bytes each and `runStep` apart; the pixels' inputs lie `pixelStep`
// apart, their outputs `outStep`. Four channels at a time, `blocks` times; at last max(x, slope · x).
// All are addresses and sizes in bytes, in one memory.
import { Unsupported } from "./errors.js"

const [I32, F32, V128] = [0x7f, 0x7d, 0x7b]
const PAGE = 65_536
const MOST = 256 * 1024 * 1024 // bytes that a network may take
/** @type {Record<string, number[]>} */
const INSTRUCTIONS = {
  loop: [0x03, 0x40],
  end: [0x0b],
  br_if: [0x0d],
  get: [0x20],
  set: [0x21],
  tee: [0x22],
  const: [0x41],
  add: [0x6a],
  sub: [0x6b],
  less: [0x49],
  load: [0xfd, 0x00, 0x00, 0x00],
  loadSplat: [0xfd, 0x09, 0x00, 0x00],
  store: [0xfd, 0x0b, 0x00, 0x00],
  splat: [0xfd, 0x13],
  vadd: [0xfd, 0xe4, 0x01],
  vmul: [0xfd, 0xe6, 0x01],
  vmax: [0xfd, 0xe9, 0x01],
}
const PARAMETERS = [
  "input",
  "weights",
  "bias",
  "output",
  "blocks",
  "runs",
  "runStep",
  "length",
  "pixelStep",
  "outStep",
  "slope",
]
const LOCALS = {
  at: I32,
  end: I32,
  run: I32,
  left: I32,
  w: V128,
  a: V128,
  b: V128,
  c: V128,
  d: V128,
}
const PIXELS = ["a", "b", "c", "d"]

// A line of code is an instruction and its operand: a local's name, or a number under 64.
/** @type {(pixel: string, number: number) => string[]} */
const product = (pixel, number) => [
  `get ${pixel}`,
  "get at",
  ...Array(number).fill(["get pixelStep", "add"]).flat(),
  "loadSplat",
  "get w",
  "vmul",
  "vadd",
  `set ${pixel}`,
]
/** @type {(pixel: string) => string[]} */
const finish = (pixel) => [
  "get output",
  `get ${pixel}`,
  `get ${pixel}`,
  "get slope",
  "splat",
  "vmul",
  "vmax",
  "store",
  "get output",
  "get outStep",
  "add",
  "set output",
]
const CODE = [
  "loop", // over blocks of four channels
  "get bias",
  "load",
  "tee a",
  "tee b",
  "tee c",
  "set d",
  "get input",
  "set run",
  "get runs",
  "set left",
  "loop", // over runs
  "get run",
  "tee at",
  "get length",
  "add",
  "set end",
  "loop", // over a run's inputs
  "get weights",
  "load",
  "set w",
  ...PIXELS.flatMap(product),
  "get weights",
  "const 16",
  "add",
  "set weights",
  "get at",
  "const 4",
  "add",
  "tee at",
  "get end",
  "less",
  "br_if 0",
  "end",
  "get run",
  "get runStep",
  "add",
  "set run",
  "get left",
  "const 1",
  "sub",
  "tee left",
  "br_if 0",
  "end",
  ...PIXELS.flatMap(finish),
  // Back to the first pixel, four channels on.
  "get output",
  ...PIXELS.flatMap(() => ["get outStep", "sub"]),
  "const 16",
  "add",
  "set output",
  "get bias",
  "const 16",
  "add",
  "set bias",
  "get blocks",
  "const 1",
  "sub",
  "tee blocks",
  "br_if 0",
  "end",
  "end",
]

function assemble() {
  const names = [...PARAMETERS, ...Object.keys(LOCALS)]
  const code = CODE.flatMap((line) => {
    const [name, operand] = line.split(" ")
    if (operand === undefined) return INSTRUCTIONS[name]
    return [
      ...INSTRUCTIONS[name],
      names.includes(operand) ? names.indexOf(operand) : Number(operand),
    ]
  })
  const locals = Object.values(LOCALS).flatMap((type) => [1, type])
  const body = [Object.keys(LOCALS).length, ...locals, ...code]
  const text = (/** @type {string} */ string) => [
    string.length,
    ...new TextEncoder().encode(string),
  ]
  const types = PARAMETERS.map((name) => (name === "slope" ? F32 : I32))
  return new Uint8Array([
    0x00,
    0x61,
    0x73,
    0x6d,
    0x01,
    0x00,
    0x00,
    0x00,
    ...section(1, [1, 0x60, types.length, ...types, 0]), // the function's type
    ...section(2, [1, ...text("m"), ...text("m"), 0x02, 0x00, 1]), // a memory is handed in
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("quad"), 0x00, 0]),
    ...section(10, [1, ...size(body.length), ...body]),
  ])
}

/** @param {number} number @param {number[]} content @returns {number[]} */
function section(number, content) {
  return [number, ...size(content.length), ...content]
}

/** An unsigned number in the format's variable length. @param {number} value @returns {number[]} */
function size(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...size(value >> 7)]
}

/** @type {WebAssembly.Module | null} */
let compiled = null

/** Floats in an arena: their address in bytes, and how many. `values` changes as the arena grows. */
export class Floats {
  /** @param {Arena} arena @param {number} address @param {number} count */
  constructor(arena, address, count) {
    this.address = address
    this.count = count
    this.values = new Float32Array(arena.memory.buffer, address, count)
  }
}

/** A memory of its own for a network: `floats` takes some of it, `quad` runs on it. */
export class Arena {
  constructor() {
    try {
      compiled ??= new WebAssembly.Module(assemble())
    } catch {
      throw new Unsupported("this browser is too old to decode images: it lacks WebAssembly's SIMD")
    }
    this.memory = new WebAssembly.Memory({ initial: 1 })
    this.used = 0
    /** @type {Floats[]} */
    this.taken = []
    const { exports } = new WebAssembly.Instance(compiled, { m: { m: this.memory } })
    this.quad = /** @type {(...numbers: number[]) => void} */ (exports.quad)
  }

  /** Zeros, aligned to four of them. @param {number} count */
  floats(count) {
    const address = this.used
    this.used += 16 * Math.ceil(count / 4)
    if (!(this.used <= MOST)) {
      throw new Unsupported(`the network needs more than ${MOST >> 20} MB of the browser's memory`)
    }
    const missing = Math.ceil((this.used - this.memory.buffer.byteLength) / PAGE)
    if (missing > 0) this.grow(missing)
    const floats = new Floats(this, address, count)
    this.taken.push(floats)
    return floats
  }

  /** @param {number} pages */
  grow(pages) {
    try {
      this.memory.grow(pages)
    } catch {
      throw new Unsupported(`the browser has not the ${this.used >> 20} MB that the network needs`)
    }
    for (const floats of this.taken) {
      // whose views it has detached
      floats.values = new Float32Array(this.memory.buffer, floats.address, floats.count)
    }
  }
}
