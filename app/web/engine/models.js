// A run's decoder and encoder as the views use them. Images are [height, width, channels], float32
// in [0, 1]; codes are [D].
import { compile } from "./compile.js"
import { numbersOf } from "./image.js"
import { clipNorm } from "./latent.js"

/** @typedef {import("./graph.js").Tensors} Tensors */
/** @typedef {import("./compile.js").Network} Network */
/** @typedef {import("./image.js").ImageSize} ImageSize */

/**
 * The sizes of images and codes, or an Error.
 * @param {number[]} image as torch has it
 * @param {number[][]} codes
 */
export function sizesOf(image, codes) {
  const [channels, height, width] = image
  const [[latentDim]] = codes
  if (image.length !== 3 || codes.some((code) => code.length !== 1 || code[0] !== latentDim)) {
    throw new Error(
      `the network is of images [${image}] and codes [${codes.join("] and [")}], `
        + "not [channels, height, width] and [dimensions]",
    )
  }
  return { latentDim, size: { height, width, channels } }
}

/**
 * Copies an image with its channels first to one with its channels last.
 * @param {Float32Array} first
 * @param {Float32Array} last
 * @param {number} channels
 */
function channelsLast(first, last, channels) {
  for (let channel = 0, from = 0; channel < channels; channel += 1) {
    for (let to = channel; to < last.length; to += channels, from += 1) last[to] = first[from]
  }
  return last
}

/**
 * The reverse of it.
 * @param {ArrayLike<number>} last
 * @param {Float32Array} first
 * @param {number} channels
 */
function channelsFirst(last, first, channels) {
  for (let channel = 0, to = 0; channel < channels; channel += 1) {
    for (let from = channel; from < last.length; from += channels, to += 1) first[to] = last[from]
  }
  return first
}

export class Decoder {
  /** @param {unknown} graph of networks.json @param {Tensors} tensors */
  constructor(graph, tensors) {
    this.network = compile(graph, tensors, ["image"])
    const { latentDim, size } = sizesOf(this.network.outputs.image, [this.network.input])
    this.latentDim = latentDim
    this.size = size
    this.pixels = numbersOf(size) // numbers an image
    this.lent = new Float32Array(this.pixels)
    this.reason = null // see RemoteDecoder
    this.planes = size.channels === 1 ? null : new Float32Array(this.pixels)
  }

  /**
   * The image of a code, in `image` if that is given.
   * @param {ArrayLike<number>} code
   */
  decode(code, image = new Float32Array(this.pixels)) {
    this.network.run(code, { image: this.planes ?? image })
    return this.planes ? channelsLast(this.planes, image, this.size.channels) : image
  }

  /**
   * Draw the image of a code, which is only lent, at once; see RemoteDecoder for the others'.
   * @param {ArrayLike<number>} code
   * @param {(image: import("./remote.js").Image) => void} draw
   * @param {unknown} [_place]
   * @param {(error: unknown) => void} [_fail]
   */
  show(code, draw, _place, _fail) {
    draw(this.decode(code, this.lent))
  }

  /** The image of a code. @param {ArrayLike<number>} code */
  async imageOf(code) {
    return this.decode(code)
  }

  /** Images uint8 [N, pixels] of codes [N, D]. @param {Float32Array} codes */
  async decodeAll(codes) {
    const { latentDim, pixels, lent } = this
    const images = new Uint8ClampedArray((codes.length / latentDim) * pixels)
    for (let code = 0, at = 0; code < codes.length; code += latentDim, at += pixels) {
      this.decode(codes.subarray(code, code + latentDim), lent)
      for (let pixel = 0; pixel < pixels; pixel += 1) {
        images[at + pixel] = 255 * lent[pixel] // which rounds, being clamped
      }
    }
    return images
  }
}

export class Encoder {
  /**
   * @param {unknown} graph of networks.json
   * @param {Tensors} tensors
   * @param {number | null} bound of latent clipping (Eq. 5)
   */
  constructor(graph, tensors, bound) {
    this.network = compile(graph, tensors, ["mean", "log_var"])
    const { mean, log_var: logVar } = this.network.outputs
    const { latentDim, size } = sizesOf(this.network.input, [mean, logVar])
    this.latentDim = latentDim
    this.size = size
    this.bound = bound
    this.reason = null
    this.pixels = numbersOf(size)
    this.planes = size.channels === 1 ? null : new Float32Array(this.pixels)
  }

  /** The posterior of an image, the mean clipped. @param {ArrayLike<number>} image */
  encode(image) {
    const first = this.planes ? channelsFirst(image, this.planes, this.size.channels) : image
    const { mean, log_var: logVar } = this.network.run(first)
    return { mean: clipNorm(mean, this.bound), logVar }
  }
}
