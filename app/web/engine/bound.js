// Latent clipping's bound (Eq. 5), as muvae/models/clipping.py has it.

const TOLERANCE = 1e-4 // as a share of the bound

/**
 * A norm as a share of the bound: 1 on it, as far as floats tell, more than 1 beyond it.
 * @param {number} size
 * @param {number} bound
 */
export function shareOfBound(size, bound) {
  const share = size / bound
  return Math.abs(share - 1) <= TOLERANCE ? 1 : share
}
