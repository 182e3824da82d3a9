// The worker behind Pool: decodes and encodes with networks that it loads by itself.
import { load } from "./weights.js"
import { PIXELS } from "./networks.js"

const tasks = {
  // Codes [N, D] of one run, one after another: their images, uint8 [N, 784].
  async decode({ run, codes }) {
    const decoder = await load(run, "decoder")
    const count = codes.length / decoder.latentDim
    const images = new Uint8ClampedArray(count * PIXELS)
    const image = new Float32Array(PIXELS)
    for (let at = 0; at < count; at += 1) {
      decoder.decode(codes.subarray(at * decoder.latentDim, (at + 1) * decoder.latentDim), image)
      for (let pixel = 0; pixel < PIXELS; pixel += 1) {
        images[at * PIXELS + pixel] = 255 * image[pixel] // which rounds, being clamped
      }
    }
    return { images }
  },

  // An image, float32 [784] in [0, 1]: its posterior, and the image of its mean.
  async reconstruct({ run, image }) {
    const [encoder, decoder] = await Promise.all([load(run, "encoder"), load(run, "decoder")])
    const { mean, logVar } = encoder.encode(image)
    return { mean, logVar, image: decoder.decode(mean) }
  },
}

self.onmessage = async ({ data: { kind, task } }) => {
  try {
    self.postMessage({ result: await tasks[kind](task) })
  } catch (error) {
    self.postMessage({ problem: error.message })
  }
}
