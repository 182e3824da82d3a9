// The worker behind the pool: decodes and encodes with networks that it loads by itself.
import { load } from "./weights.js"

/** @typedef {import("./weights.js").Run} Run */
/** @typedef {{ decode: { run: Run, codes: Float32Array }, reconstruct: { run: Run, image: Float32Array } }} Tasks */

// A result's `reason` says why the server had to compute it, if it had to.
const tasks = {
  /**
   * The images, uint8 [N, pixels], of codes [N, D].
   * @param {Tasks["decode"]} task
   */
  async decode({ run, codes }) {
    const decoder = await load(run, "decoder")
    return { images: await decoder.decodeAll(codes), reason: decoder.reason }
  },

  /**
   * The posterior of an image, and the image of its mean, float32 in [0, 1].
   * @param {Tasks["reconstruct"]} task
   */
  async reconstruct({ run, image }) {
    const [encoder, decoder] = await Promise.all([load(run, "encoder"), load(run, "decoder")])
    const { mean, logVar } = await encoder.encode(image)
    const reason = encoder.reason ?? decoder.reason
    return { mean, logVar, image: await decoder.imageOf(mean), reason }
  },
}

/** @typedef {{ [K in keyof Tasks]: Awaited<ReturnType<(typeof tasks)[K]>> }} Results */

/** @param {MessageEvent<{ kind: keyof Tasks, task: any }>} event */
globalThis.onmessage = async ({ data: { kind, task } }) => {
  try {
    postMessage({ result: await tasks[kind](task) })
  } catch (error) {
    postMessage({ problem: /** @type {Error} */ (error).message })
  }
}
