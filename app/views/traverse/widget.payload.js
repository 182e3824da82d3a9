// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * How large images are: pixels, and numbers a pixel (1 grey, 3 colours).
 * @typedef {object} ImageSize
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 */

/**
 * A run, and what the sliders move in it.
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
 * @property {number[]} base
 * @property {number[]} low
 * @property {number[]} high
 * @property {number[]} order
 * @property {boolean[]} active
 */

/**
 * Where the sliders stand.
 * @typedef {object} PlacePayload
 * @property {number[]} positions
 * @property {number} active
 * @property {[number, number]} axes
 */

/**
 * Where the sliders stand, as Python knows it.
 * @typedef {object} PlaceState
 * @property {number} revision
 * @property {string} session
 * @property {PlacePayload} value
 */

/**
 * What the view draws.
 * @typedef {object} Payload
 * @property {Run[]} runs
 * @property {string[]} names
 * @property {string[]} classes
 * @property {number} steps
 * @property {number} nodes
 * @property {string} base
 * @property {string | null} baseImage
 * @property {PlaceState} place
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
        base: { list: "number" },
        low: { list: "number" },
        high: { list: "number" },
        order: { list: "integer" },
        active: { list: "boolean" },
      },
    } },
    names: { list: "string" },
    classes: { list: "string" },
    steps: "integer",
    nodes: "integer",
    base: "string",
    baseImage: { any: ["string", "null"] },
    place: {
      object: {
        revision: "integer",
        session: "string",
        value: {
          object: {
            positions: { list: "number" },
            active: "integer",
            axes: { tuple: ["integer", "integer"] },
          },
        },
      },
    },
  },
}
