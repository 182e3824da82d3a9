// This project's networks (muvae/models) in plain arithmetic: Table 4's and Table 2's encoders and
// decoders, and latent clipping (Eq. 5).
import {
  SLOPE, apply, convolution, convolve, deconvolution, dense, frame, interior, take,
} from "./layers.js"

export const SIDE = 28
export const PIXELS = SIDE * SIDE
const CHANNELS = 64
const GRID = 7

function sigmoid(logits, image) {
  for (let pixel = 0; pixel < PIXELS; pixel += 1) image[pixel] = 1 / (1 + Math.exp(-logits[pixel]))
  return image
}

class ConvDecoder {
  constructor(tensors) {
    const expand = take(tensors, "decoder.expand.0.weight")
    this.latentDim = expand.shape[1]
    this.maps = [[GRID, CHANNELS], [GRID, CHANNELS], [2 * GRID, CHANNELS / 2]]
      .map(([side, channels]) => frame(side, channels))
    this.logits = { width: SIDE, channels: 1, values: new Float32Array(PIXELS) }
    // The last layer's output has no frame: it is the image.
    const image = { ...this.logits, width: SIDE }
    const [first, second, third] = this.maps
    this.layers = [
      [deconvolution(tensors, "decoder.layers.0", first, second, 1, SLOPE), first, second],
      [deconvolution(tensors, "decoder.layers.2", second, third, 2, SLOPE), second, third],
      [deconvolution(tensors, "decoder.layers.4", third, image, 2, 1)
        .map((layer) => ({ ...layer, outStart: layer.outStart - interior(image) })),
      third, this.logits],
    ]
    // Table 4's linear layer, its rows in the order of the framed map.
    const bias = take(tensors, "decoder.expand.0.bias").values
    this.expand = new Float32Array(expand.values.length)
    this.bias = new Float32Array(bias.length)
    this.places = new Int32Array(bias.length)
    for (let y = 0, row = 0; y < GRID; y += 1) {
      for (let x = 0; x < GRID; x += 1) {
        for (let channel = 0; channel < CHANNELS; channel += 1, row += 1) {
          const source = (channel * GRID + y) * GRID + x
          const start = source * this.latentDim
          this.expand.set(
            expand.values.subarray(start, start + this.latentDim), row * this.latentDim)
          this.bias[row] = bias[source]
          this.places[row] = ((y + 1) * first.width + x + 1) * CHANNELS + channel
        }
      }
    }
  }

  // The image, float32 [784] in [0, 1], of a code [D].
  decode(code, image = new Float32Array(PIXELS)) {
    const { latentDim, expand, bias, places } = this
    const [{ values }] = this.maps
    for (let row = 0, at = 0; row < bias.length; row += 1) {
      let sum = bias[row]
      for (let axis = 0; axis < latentDim; axis += 1, at += 1) sum += expand[at] * code[axis]
      values[places[row]] = sum > 0 ? sum : SLOPE * sum
    }
    for (const [layers, from, to] of this.layers) {
      for (const layer of layers) convolve(layer, from.values, to.values)
    }
    return sigmoid(this.logits.values, image)
  }
}

class ConvEncoder {
  constructor(tensors, bound) {
    this.bound = bound
    this.maps = [[SIDE, 1], [SIDE, CHANNELS], [2 * GRID, CHANNELS], [GRID, CHANNELS]]
      .map(([side, channels]) => frame(side, channels))
    const [image, first, second, third] = this.maps
    this.layers = [
      [convolution(tensors, "encoder.layers.0", image, first, 1), image, first],
      [convolution(tensors, "encoder.layers.2", first, second, 2), first, second],
      [convolution(tensors, "encoder.layers.4", second, third, 2), second, third],
    ]
    this.heads = ["mean_head", "log_var_head"].map((name) => dense(tensors, name))
    this.latentDim = this.heads[0].outputs
    this.features = new Float32Array(CHANNELS * GRID * GRID)
  }

  // Posterior of an image [784] in [0, 1]: { mean, logVar } float32 [D], the mean clipped.
  encode(image) {
    const [framed, , , last] = this.maps
    for (let y = 0; y < SIDE; y += 1) {
      framed.values.set(image.subarray(y * SIDE, (y + 1) * SIDE), (y + 1) * framed.width + 1)
    }
    for (const [layer, from, to] of this.layers) convolve(layer, from.values, to.values)
    for (let channel = 0, at = 0; channel < CHANNELS; channel += 1) {
      for (let y = 0; y < GRID; y += 1) {
        for (let x = 0; x < GRID; x += 1, at += 1) {
          this.features[at] = last.values[((y + 1) * last.width + x + 1) * CHANNELS + channel]
        }
      }
    }
    return posterior(this)
  }
}

// Table 2: three hidden layers, in Figure 1's three activations.
const BENDS = {
  tanh: Math.tanh,
  relu: (sum) => (sum > 0 ? sum : 0),
  "leaky-relu": (sum) => (sum > 0 ? sum : SLOPE * sum),
}

class MlpDecoder {
  constructor(tensors, activation) {
    const names = [0, 2, 4, 6].map((number) => `decoder.layers.${number}`)
    this.layers = names.map((name, at) => dense(tensors, name, 1, at < 3 ? BENDS[activation] : null))
    this.latentDim = this.layers[0].inputs
    this.outputs = this.layers.map(({ outputs }) => new Float32Array(outputs))
  }

  decode(code, image = new Float32Array(PIXELS)) {
    const logits = this.layers.reduce(
      (input, layer, at) => apply(layer, input, this.outputs[at]), code)
    return sigmoid(logits, image)
  }
}

class MlpEncoder {
  constructor(tensors, bound, activation) {
    this.bound = bound
    const names = [0, 2, 4].map((number) => `encoder.layers.${number}`)
    this.layers = names.map((name) => dense(tensors, name, 1, BENDS[activation]))
    this.outputs = this.layers.map(({ outputs }) => new Float32Array(outputs))
    this.heads = ["mean_head", "log_var_head"].map((name) => dense(tensors, name))
    this.latentDim = this.heads[0].outputs
  }

  encode(image) {
    this.features = this.layers.reduce(
      (input, layer, at) => apply(layer, input, this.outputs[at]), image)
    return posterior(this)
  }
}

function posterior({ heads: [mean, logVar], features, latentDim, bound }) {
  return {
    mean: clipNorm(apply(mean, features, new Float32Array(latentDim)), bound),
    logVar: apply(logVar, features, new Float32Array(latentDim)),
  }
}

export function norm(code) {
  return Math.hypot(...code)
}

// Latent clipping (Eq. 5), in place: a mean whose norm exceeds the bound is scaled back to it.
export function clipNorm(mean, bound) {
  const size = norm(mean)
  if (bound !== null && size > bound) mean.forEach((value, at) => { mean[at] = value * bound / size })
  return mean
}

export function makeDecoder(architecture, tensors) {
  return architecture.startsWith("mlp-")
    ? new MlpDecoder(tensors, architecture.slice(4))
    : new ConvDecoder(tensors)
}

export function makeEncoder(architecture, tensors, bound) {
  return architecture.startsWith("mlp-")
    ? new MlpEncoder(tensors, bound, architecture.slice(4))
    : new ConvEncoder(tensors, bound)
}
