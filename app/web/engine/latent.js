// Codes by themselves, as in muvae/models/vae.py.

/** The Euclidean norm of a code. @param {Iterable<number>} code */
export function norm(code) {
  return Math.hypot(...code)
}

/**
 * Latent clipping (Eq. 5), in place: a mean whose norm exceeds the bound is scaled back to it.
 * @template {number[] | Float32Array} T
 * @param {T} mean
 * @param {number | null} bound null leaves all codes alone
 * @returns {T}
 */
export function clipNorm(mean, bound) {
  const size = norm(mean)
  if (bound !== null && size > bound)
    mean.forEach((value, at) => {
      mean[at] = (value * bound) / size
    })
  return mean
}
