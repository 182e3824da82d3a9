// What a run's points may be coloured by.
import { shareOfBound } from "../../web/engine/bound.js"
import { norm } from "../../web/engine/latent.js"
import { loadArray } from "../../web/engine/weights.js"

/** @import { Run } from "./widget.js" */

/**
 * "errors" of the reconstructions, or "norms" of the codes as shares of the run's bound, or of its
 * largest where it has none.
 * @param {Run} run
 * @param {"errors" | "norms"} kind
 * @returns {Promise<Float32Array>} [N]
 */
export async function measure(run, kind) {
  if (kind === "errors") return loadArray(run, "errors.bin")
  const codes = await loadArray(run, "codes.bin")
  const norms = new Float32Array(codes.length / run.latentDim)
  for (let at = 0; at < norms.length; at += 1) {
    norms[at] = norm(codes.subarray(at * run.latentDim, (at + 1) * run.latentDim))
  }
  const most = norms.reduce((largest, value) => Math.max(largest, value))
  return norms.map((value) => shareOfBound(value, run.bound ?? most))
}
