// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * One plane; see Panel.
 * @typedef {object} PanelPayload
 * @property {string} name
 * @property {string} title
 * @property {string} source
 * @property {string} version
 * @property {number} latentDim
 * @property {[number, number, number] | null} square
 * @property {string} error
 * @property {number | null} bound
 * @property {number} epochs
 * @property {[string, string][]} numbers
 */

/**
 * How large images are: pixels, and numbers a pixel (1 grey, 3 colours).
 * @typedef {object} ImageSize
 * @property {number} height
 * @property {number} width
 * @property {number} channels
 */

/**
 * Where the marker is, in which panel, and the epoch; see Pointed.
 * @typedef {object} PointedPayload
 * @property {[number, number]} place
 * @property {string} panel
 * @property {number} epoch
 */

/**
 * The same, as Python knows it.
 * @typedef {object} PointedState
 * @property {number} revision
 * @property {string} session
 * @property {PointedPayload} value
 */

/**
 * What the view draws.
 * @typedef {object} Payload
 * @property {PanelPayload[]} panels
 * @property {ImageSize} image
 * @property {string} source
 * @property {string} version
 * @property {string} extent
 * @property {number} side
 * @property {boolean} tiles
 * @property {string[]} classes
 * @property {string[]} colors
 * @property {string | null} enlarged
 * @property {PointedState} pointed
 */

/** @type {import("../../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    panels: { list: {
      object: {
        name: "string",
        title: "string",
        source: "string",
        version: "string",
        latentDim: "integer",
        square: { any: [{ tuple: ["number", "number", "number"] }, "null"] },
        error: "string",
        bound: { any: ["number", "null"] },
        epochs: "integer",
        numbers: { list: { tuple: ["string", "string"] } },
      },
    } },
    image: {
      object: {
        height: "integer",
        width: "integer",
        channels: "integer",
      },
    },
    source: "string",
    version: "string",
    extent: "string",
    side: "integer",
    tiles: "boolean",
    classes: { list: "string" },
    colors: { list: "string" },
    enlarged: { any: ["string", "null"] },
    pointed: {
      object: {
        revision: "integer",
        session: "string",
        value: {
          object: {
            place: { tuple: ["number", "number"] },
            panel: "string",
            epoch: "integer",
          },
        },
      },
    },
  },
}
