// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * How large images are: pixels, and numbers a pixel (1 grey, 3 colours).
 * @typedef {object} ImageSize
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 */

/**
 * A run: what it is called, and where its weights and codes are.
 * @typedef {object} RunPayload
 * @property {string} name
 * @property {string} label
 * @property {string} summary
 * @property {string} color
 * @property {string} source
 * @property {string} version
 * @property {ImageSize} image
 * @property {number} latentDim
 * @property {number | null} bound
 */

/**
 * Where the dataset's test images and their classes are.
 * @typedef {object} ImagesPayload
 * @property {string} source
 * @property {string} version
 * @property {ImageSize} image
 */

/**
 * What the points' colours measure, and what it is called.
 * @typedef {object} ValuesPayload
 * @property {"errors" | "norms"} kind
 * @property {string} title
 */

/**
 * The test images that are selected, as Python knows them.
 * @typedef {object} SelectedState
 * @property {number} revision
 * @property {string} session
 * @property {number[]} value
 */

/**
 * The classes that are hidden, and by run the part of its map that is seen.
 * @typedef {object} MapViewPayload
 * @property {number[]} hidden
 * @property {Record<string, [number, number, number]>} parts
 */

/**
 * What is hidden and enlarged, as Python knows it.
 * @typedef {object} MapViewState
 * @property {number} revision
 * @property {string} session
 * @property {MapViewPayload} value
 */

/**
 * What the view draws.
 * @typedef {object} Payload
 * @property {RunPayload[]} runs
 * @property {ImagesPayload} images
 * @property {string} method
 * @property {string} title
 * @property {ValuesPayload | null} values
 * @property {boolean} thumbnails
 * @property {string[]} classes
 * @property {string[]} colors
 * @property {SelectedState} selected
 * @property {MapViewState} shown
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
    method: "string",
    title: "string",
    values: { any: [{
      object: {
        kind: { oneOf: ["errors", "norms"] },
        title: "string",
      },
    }, "null"] },
    thumbnails: "boolean",
    classes: { list: "string" },
    colors: { list: "string" },
    selected: {
      object: {
        revision: "integer",
        session: "string",
        value: { list: "integer" },
      },
    },
    shown: {
      object: {
        revision: "integer",
        session: "string",
        value: {
          object: {
            hidden: { list: "integer" },
            parts: { map: { tuple: ["number", "number", "number"] } },
          },
        },
      },
    },
  },
}
