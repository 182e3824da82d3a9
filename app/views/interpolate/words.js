// What is measured along a path, in words.

import { element, number } from "../../web/dom/elements.js"
import { nearest } from "../../web/engine/codes.js"
import { norm } from "../../web/engine/latent.js"

/** @import { Lane } from "./lane.js" */

/**
 * "3", "4–7", "3, 5–6": runs of the steps, counted from 1, for which something holds.
 * @param {boolean[]} flags
 */
function ranges(flags) {
  /** @type {[first: number, last: number][]} */
  const found = []
  flags.forEach((flag, at) => {
    if (flag && flags[at - 1]) found[found.length - 1][1] = at + 1
    else if (flag) found.push([at + 1, at + 1])
  })
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ")
}

/**
 * The probabilities of classes at a share of the way, linear between those of the steps.
 * @param {Float32Array} probabilities [N, K]
 * @param {number} known K
 * @param {number} share
 */
export function sharesAt(probabilities, known, share) {
  const last = probabilities.length / known - 1
  const step = Math.min(Math.floor(share * last), last - 1)
  const part = share * last - step
  return Array.from({ length: known }, (_, label) => {
    const at = step * known + label
    return probabilities[at] + part * (probabilities[at + known] - probabilities[at])
  })
}

/** The class of the largest probability. @param {number[]} shares */
export function likeliest(shares) {
  return shares.indexOf(Math.max(...shares))
}

/** @param {number[]} values */
function extent(values) {
  return `${number(Math.min(...values))} to ${number(Math.max(...values))}`
}

/**
 * What is at the place of the slider: parts of a paragraph.
 * @param {Lane} lane
 * @param {number} share of the way
 * @param {number[]} code
 */
export function reading({ probabilities, codes, data, run, real }, share, code) {
  /** @type {(Node | string)[]} */
  const parts = []
  if (probabilities) {
    const shares = sharesAt(probabilities, data.classes.length, share)
    const label = likeliest(shares)
    parts.push(
      element("strong", "", [`${data.classes[label]}, ${number(100 * shares[label], 0)} %`]),
    )
  } else parts.push(element("strong", "", ["…"]))
  if (real) {
    const { index, distance } = nearest(real.codes, code)
    const name = data.classes[real.labels[index]]
    const where = `nearest code: test image ${index}, ${name}, at ${number(distance)}`
    parts.push(distance > run.spacing ? element("span", "off", [`${where}, off the data`]) : where)
  }
  const bound = run.bound === null ? "" : `, bound ${number(run.bound)}`
  parts.push(`‖z‖ ${number(norm(code))} (${extent(codes.map(norm))} on the way${bound})`)
  return parts.flatMap((part, at) => (at ? [" · ", part] : [part]))
}

/**
 * Which steps are off the data, and whether the path is the one that was asked for.
 * @param {Lane} lane
 * @param {number[]} gaps from each step to the nearest code of a test image
 */
export function verdict({ run, path, data }, gaps) {
  const far = ranges(gaps.map((gap) => gap > run.spacing))
  const measure = `from any real code than 99 % of real codes are from each other (${number(run.spacing)})`
  const several = /[,–]/.test(far)
  const off = far
    ? `${several ? "Steps" : "Step"} ${far} of ${gaps.length} ${several ? "are" : "is"} off the data: `
      + `farther (up to ${number(Math.max(...gaps))}) ${measure}.`
    : `No step is off the data, farther ${measure}.`
  const want =
    data.spherical && path.straight
      ? " The ends lie on one line through the origin, so no arc joins them: this is the straight line."
      : ""
  return off + want
}

/**
 * "7 in steps 1–5, 2 in steps 6–12": the likeliest class of each step.
 * @param {Float32Array} probabilities [N, K]
 * @param {string[]} classes
 */
export function sharesInWords(probabilities, classes) {
  const known = classes.length
  const labels = Array.from({ length: probabilities.length / known }, (_, at) =>
    likeliest([...probabilities.subarray(at * known, (at + 1) * known)]),
  )
  const parts = [...new Set(labels)].map(
    (label) => `${classes[label]} in ${ranges(labels.map((other) => other === label))}`,
  )
  return `The likeliest class by step: ${parts.join("; ")}`
}
