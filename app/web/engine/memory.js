// The one WebAssembly memory that all networks of a thread lie in. A browser sets 10 GB of addresses
// aside for each memory, however small, and has some 100 of those to give for all the pages of a tab.
import { Unsupported } from "./errors.js"
import { assemble } from "./kernel.js"

/** @typedef {{ address: number, bytes: number }} Block */

const PAGE = 65_536
const MOST = 256 * 1024 * 1024 // bytes that a network may take

/** @type {WebAssembly.Memory | null} */
let memory = null
/** @type {(...numbers: number[]) => void} */
let quad
let end = 0 // bytes that were ever in use
/** @type {Block[]} */
let free = [] // by address, none beside another
// A network that nobody holds any more gives its blocks back.
const registry = new FinalizationRegistry((/** @type {Block[]} */ blocks) => {
  for (const block of blocks) release(block)
})

function start() {
  try {
    const compiled = new WebAssembly.Module(assemble())
    const made = new WebAssembly.Memory({ initial: 1 })
    const { exports } = new WebAssembly.Instance(compiled, { m: { m: made } })
    quad = /** @type {typeof quad} */ (exports.quad)
    return made
  } catch (error) {
    throw new Unsupported(
      error instanceof RangeError
        ? "the browser has no memory left for networks"
        : "this browser is too old to decode images: it lacks WebAssembly's SIMD",
    )
  }
}

/** Bytes of the memory: the first gap that they fit into, or its end. @param {number} bytes */
function take(bytes) {
  const at = free.findIndex((gap) => gap.bytes >= bytes)
  if (at >= 0) {
    const gap = free[at]
    free.splice(at, 1, ...(gap.bytes > bytes ? [cut(gap, bytes)] : []))
    return { address: gap.address, bytes }
  }
  memory ??= start()
  const missing = Math.ceil((end + bytes - memory.buffer.byteLength) / PAGE)
  try {
    if (missing > 0) memory.grow(missing)
  } catch {
    throw new Unsupported(`the browser has not the ${(end + bytes) >> 20} MB that networks need`)
  }
  end += bytes
  return { address: end - bytes, bytes }
}

/** @param {Block} gap @param {number} bytes */
const cut = (gap, bytes) => ({ address: gap.address + bytes, bytes: gap.bytes - bytes })

/** @param {Block} block */
function release(block) {
  const sorted = [...free, block].sort((one, other) => one.address - other.address)
  free = []
  for (const { address, bytes } of sorted) {
    const last = free.at(-1)
    if (last && last.address + last.bytes === address) last.bytes += bytes
    else free.push({ address, bytes })
  }
}

/** How many bytes networks have taken and not given back. */
export function bytesInUse() {
  return end - free.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Floats in the memory: their address in bytes, and how many. */
export class Floats {
  /** @param {number} address @param {number} count @param {Arena} arena which keeps its blocks while this is held */
  constructor(address, count, arena) {
    this.address = address
    this.count = count
    this.arena = arena
    this.view = new Float32Array()
  }

  /** The floats themselves, until the memory grows: not to be kept. */
  get values() {
    const { buffer } = /** @type {WebAssembly.Memory} */ (memory)
    if (this.view.buffer !== buffer) {
      this.view = new Float32Array(buffer, this.address, this.count)
    }
    return this.view
  }
}

/** What a network takes of the memory; given back once nobody holds the network. */
export class Arena {
  constructor() {
    memory ??= start()
    this.quad = quad
    this.used = 0
    /** @type {Block[]} */
    this.blocks = []
    registry.register(this, this.blocks)
  }

  /** Zeros, aligned to four of them. @param {number} count */
  floats(count) {
    const bytes = 16 * Math.ceil(count / 4)
    if (!(this.used + bytes <= MOST)) {
      throw new Unsupported(`the network needs more than ${MOST >> 20} MB of the browser's memory`)
    }
    const block = take(bytes)
    this.used += bytes
    this.blocks.push(block)
    const floats = new Floats(block.address, count, this)
    new Float32Array(floats.values.buffer, block.address, bytes / 4).fill(0)
    return floats
  }
}
