// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * A run, its path's ends, and the distance within which 99 % of its codes have another.
 * @typedef {object} Run
 * @property {string} name
 * @property {string} label
 * @property {string} summary
 * @property {string} color
 * @property {string} source
 * @property {string} version
 * @property {string} architecture
 * @property {number} latentDim
 * @property {number | null} bound
 * @property {[number[], number[]]} ends
 * @property {number} spacing
 */

/**
 * Where the dataset's test images and their classes are.
 * @typedef {object} ImagesPayload
 * @property {string} source
 * @property {string} version
 */

/**
 * A number that Python owns.
 * @typedef {object} Number
 * @property {number} revision
 * @property {string} session
 * @property {number} value
 */

/**
 * What the view draws.
 * @typedef {object} Payload
 * @property {Run[]} runs
 * @property {ImagesPayload} images
 * @property {[string, string]} names
 * @property {boolean} spherical
 * @property {number} steps
 * @property {Number} share
 * @property {string} note
 * @property {string[]} classes
 * @property {string[]} colors
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
        architecture: "string",
        latentDim: "integer",
        bound: { any: ["number", "null"] },
        ends: { tuple: [{ list: "number" }, { list: "number" }] },
        spacing: "number",
      },
    } },
    images: {
      object: {
        source: "string",
        version: "string",
      },
    },
    names: { tuple: ["string", "string"] },
    spherical: "boolean",
    steps: "integer",
    share: {
      object: {
        revision: "integer",
        session: "string",
        value: "number",
      },
    },
    note: "string",
    classes: { list: "string" },
    colors: { list: "string" },
  },
}
