// This project's networks (muvae/models) in plain arithmetic: Table 4's and Table 2's encoders and
// decoders, and latent clipping (Eq. 5).
import { Arena } from "./kernel.js"
import { SLOPE, apply, convolution, deconvolution, dense, framed, take } from "./layers.js"

export const SIDE = 28
export const PIXELS = SIDE * SIDE
const CHANNELS = 64
const GRID = 7

// The image of logits that lie `step` apart.
function sigmoid(logits, image, step = 1) {
  for (let pixel = 0, at = 0; pixel < PIXELS; pixel += 1, at += step) {
    image[pixel] = 1 / (1 + Math.exp(-logits[at]))
  }
  return image
}

class ConvDecoder {
  constructor(tensors) {
    const arena = new Arena(90_000) // floats: Table 4's weights and maps, and some room
    const first = framed(arena, GRID, CHANNELS)
    const second = framed(arena, GRID, CHANNELS)
    const third = framed(arena, 2 * GRID, CHANNELS / 2)
    // The image's one channel is the first of the four that are computed at once.
    const image = framed(arena, SIDE, 4, 0)
    this.layers = [
      deconvolution(arena, tensors, "decoder.layers.0", first, second, 1, SLOPE),
      deconvolution(arena, tensors, "decoder.layers.2", second, third, 2, SLOPE),
      deconvolution(arena, tensors, "decoder.layers.4", third, image, 2, 1),
    ]
    this.first = first.values
    this.logits = image.values
    // Table 4's linear layer, its rows in the order of the first map.
    const { values, shape: [, latentDim] } = take(tensors, "decoder.expand.0.weight")
    const bias = take(tensors, "decoder.expand.0.bias").values
    this.latentDim = latentDim
    this.expand = new Float32Array(values.length)
    this.bias = new Float32Array(bias.length)
    this.places = placesOf(first)
    this.places.forEach(({ feature }, row) => {
      const start = feature * latentDim
      this.expand.set(values.subarray(start, start + latentDim), row * latentDim)
      this.bias[row] = bias[feature]
    })
    this.places = Int32Array.from(this.places, ({ place }) => place)
  }

  // The image, float32 [784] in [0, 1], of a code [D].
  decode(code, image = new Float32Array(PIXELS)) {
    const { first, latentDim, expand, bias, places } = this
    for (let row = 0, at = 0; row < bias.length; row += 1) {
      let sum = bias[row]
      for (let axis = 0; axis < latentDim; axis += 1, at += 1) sum += expand[at] * code[axis]
      first[places[row]] = sum > 0 ? sum : SLOPE * sum
    }
    for (const layer of this.layers) layer()
    return sigmoid(this.logits, image, 4)
  }
}

class ConvEncoder {
  constructor(tensors, bound) {
    this.bound = bound
    const arena = new Arena(170_000)
    const image = framed(arena, SIDE, 1)
    const first = framed(arena, SIDE, CHANNELS)
    const second = framed(arena, 2 * GRID, CHANNELS)
    const third = framed(arena, GRID, CHANNELS)
    this.layers = [
      convolution(arena, tensors, "encoder.layers.0", image, first, 1),
      convolution(arena, tensors, "encoder.layers.2", first, second, 2),
      convolution(arena, tensors, "encoder.layers.4", second, third, 2),
    ]
    this.image = image
    this.last = third.values
    this.places = placesOf(third)
    this.heads = ["mean_head", "log_var_head"].map((name) => dense(tensors, name))
    this.latentDim = this.heads[0].outputs
    this.features = new Float32Array(CHANNELS * GRID * GRID)
  }

  // Posterior of an image [784] in [0, 1]: { mean, logVar } float32 [D], the mean clipped.
  encode(image) {
    const { values, width } = this.image
    for (let y = 0; y < SIDE; y += 1) {
      values.set(image.subarray(y * SIDE, (y + 1) * SIDE), (y + 1) * width + 1)
    }
    for (const layer of this.layers) layer()
    for (const { feature, place } of this.places) this.features[feature] = this.last[place]
    return posterior(this)
  }
}

// Where torch's flattened features [channels, y, x] lie in a framed map, in the map's order.
function placesOf({ width, channels }) {
  const places = []
  for (let y = 0; y < GRID; y += 1) {
    for (let x = 0; x < GRID; x += 1) {
      for (let channel = 0; channel < channels; channel += 1) {
        places.push({
          feature: (channel * GRID + y) * GRID + x,
          place: ((y + 1) * width + x + 1) * channels + channel,
        })
      }
    }
  }
  return places
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
