// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * How large images are: pixels, and numbers a pixel (1 grey, 3 colours).
 * @typedef {object} ImageSize
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 */

/**
 * A run, its path's ends, and the distance within which 99 % of its codes have another.
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
 * @property {[number[], number[]]} ends
 * @property {number} spacing
 */

/**
 * Where the dataset's test images and their classes are.
 * @typedef {object} ImagesPayload
 * @property {string} source
 * @property {string} version
 * @property {ImageSize} image
 */

/**
 * A number that Python owns.
 * @typedef {object} NumberState
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
 * @property {NumberState} share
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
        image: {
          object: {
            height: "integer",
            width: "integer",
            channels: "integer",
          },
        },
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
        image: {
          object: {
            height: "integer",
            width: "integer",
            channels: "integer",
          },
        },
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
