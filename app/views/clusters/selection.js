// What is selected after something is done with some test images.

/** @typedef {"replace" | "add" | "toggle"} How in place of what is selected, besides it, or in it */

/**
 * @param {number[]} before
 * @param {number[]} indices
 * @param {How} how
 */
export function selection(before, indices, how) {
  const old = how === "replace" ? [] : before
  const gone = how === "toggle" ? indices.filter((index) => old.includes(index)) : []
  return [...new Set([...old, ...indices])].filter((index) => !gone.includes(index))
}
