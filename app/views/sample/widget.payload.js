// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * How large images are: pixels, and numbers a pixel (1 grey, 3 colours).
 * @typedef {object} ImageSize
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 */

/**
 * A run, and what its noise gets.
 * @typedef {object} Run
 * @property {string} name
 * @property {string} label
 * @property {string} summary
 * @property {string} color
 * @property {string} source
 * @property {string} version
 * @property {ImageSize} image
 * @property {number} latentDim
 * @property {number | null} bound
 * @property {number[]} mean
 * @property {number[]} std
 * @property {string} about
 */

/**
 * The σ of each slider, by run or COMMON.
 * @typedef {object} SigmasPayload
 * @property {number} revision
 * @property {string} session
 * @property {Record<string, number>} value
 */

/**
 * What the view draws; `noise` is float32 [count, D] in base 64, by D.
 * @typedef {object} Payload
 * @property {Run[]} runs
 * @property {Record<string, string>} noise
 * @property {number} count
 * @property {SigmasPayload} sigmas
 * @property {number} mostSigma
 * @property {string[]} classes
 */

/** @type {import("../../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    runs: { list: {
      object: {
        name: "string",
        label: "string",
        summary: "string",
        color: "string",
        source: "string",
        version: "string",
        image: {
          object: {
            height: "integer",
            width: "integer",
            channels: "integer",
          },
        },
        latentDim: "integer",
        bound: { any: ["number", "null"] },
        mean: { list: "number" },
        std: { list: "number" },
        about: "string",
      },
    } },
    noise: { map: "string" },
    count: "integer",
    sigmas: {
      object: {
        revision: "integer",
        session: "string",
        value: { map: "number" },
      },
    },
    mostSigma: "number",
    classes: { list: "string" },
  },
}
