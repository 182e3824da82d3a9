// Decoding and encoding by the server, with networks that this browser cannot run itself.

import { numbersOf } from "./image.js"

/** @typedef {import("./image.js").ImageSize} ImageSize */
/** @typedef {Float32Array | Uint8ClampedArray} Image float32 in [0, 1], or uint8 */
/** @typedef {(numbers: Float32Array) => Promise<ArrayBuffer>} Send the server's answer */

/** @type {Set<(source: string, reason: string) => void>} */
const watchers = new Set()

/** Calls `watcher` when it is found that the server computes for a run, and why. @param {(source: string, reason: string) => void} watcher */
export function watchRemote(watcher) {
  watchers.add(watcher)
}

/** @param {string} source of the run @param {string} reason */
export function tellRemote(source, reason) {
  for (const watcher of watchers) watcher(source, reason)
}

const MOST = 512 // codes a request (MOST in app/server/live_routes.py)

/**
 * @typedef {object} Waiting
 * @property {Float32Array} code
 * @property {(image: Image) => void} draw
 * @property {(error: unknown) => void} fail
 */

/** One request at a time, with all that waits; of the codes for one place, the last only. */
export class RemoteDecoder {
  /**
   * @param {{ latentDim: number, size: ImageSize }} sizes
   * @param {string} reason why this browser cannot run the network, in a sentence without its full stop
   * @param {Send} send answers images, uint8 [N, pixels], of codes
   */
  constructor({ latentDim, size }, reason, send) {
    this.latentDim = latentDim
    this.size = size
    this.pixels = numbersOf(size)
    this.reason = reason
    this.send = send
    this.busy = false
    /** @type {Map<unknown, Waiting>} by place */
    this.waiting = new Map()
  }

  /**
   * Have the image of a code drawn once it is here, unless a later one was asked for in its place.
   * @param {ArrayLike<number>} code
   * @param {Waiting["draw"]} draw
   * @param {unknown} place
   * @param {Waiting["fail"]} fail
   */
  show(code, draw, place, fail) {
    this.waiting.set(place, { code: Float32Array.from(code), draw, fail })
    if (!this.busy) this.next()
  }

  async next() {
    this.busy = true
    while (this.waiting.size) {
      await null // all that is asked for in this turn goes together
      const batch = [...this.waiting.values()]
      this.waiting.clear()
      const codes = new Float32Array(batch.length * this.latentDim)
      batch.forEach(({ code }, at) => {
        codes.set(code, at * this.latentDim)
      })
      try {
        const images = await this.decodeAll(codes)
        batch.forEach(({ draw }, at) => {
          draw(images.subarray(at * this.pixels, (at + 1) * this.pixels))
        })
      } catch (error) {
        for (const { fail } of batch) fail(error)
      }
    }
    this.busy = false
  }

  /** The image of a code, float32 in [0, 1]. @param {ArrayLike<number>} code */
  async imageOf(code) {
    return Float32Array.from(await this.decodeAll(Float32Array.from(code)), (value) => value / 255)
  }

  /** Images uint8 [N, pixels] of codes [N, D]. @param {Float32Array} codes */
  async decodeAll(codes) {
    const count = codes.length / this.latentDim
    const images = new Uint8ClampedArray(count * this.pixels)
    for (let from = 0; from < count; from += MOST) {
      const to = Math.min(count, from + MOST)
      const part = codes.subarray(from * this.latentDim, to * this.latentDim)
      const bytes = new Uint8Array(await this.send(part))
      if (bytes.length !== (to - from) * this.pixels) {
        throw new Error(`the server answered ${bytes.length} bytes to ${to - from} codes`)
      }
      images.set(bytes, from * this.pixels)
    }
    return images
  }
}

export class RemoteEncoder {
  /**
   * @param {number} latentDim
   * @param {string} reason as RemoteDecoder's
   * @param {Send} send answers means and log-variances, float32 [N, 2, D], of images
   */
  constructor(latentDim, reason, send) {
    this.latentDim = latentDim
    this.reason = reason
    this.send = send
  }

  /** The posterior of an image, the mean clipped. @param {ArrayLike<number>} image */
  async encode(image) {
    const both = new Float32Array(await this.send(Float32Array.from(image)))
    if (both.length !== 2 * this.latentDim) {
      throw new Error(`the server answered ${both.length} numbers to an image`)
    }
    return { mean: both.slice(0, this.latentDim), logVar: both.slice(this.latentDim) }
  }
}
