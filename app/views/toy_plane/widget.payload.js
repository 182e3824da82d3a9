// What Python sends to this view. Made of widget.py by `make types`: edit that.

/**
 * One plane; see Panel.
 * @typedef {object} PanelPayload
 * @property {string} name
 * @property {string} title
 * @property {string} source
 * @property {string} version
 * @property {string} architecture
 * @property {[number, number, number] | null} square
 * @property {string} error
 * @property {number | null} bound
 * @property {number} epochs
 * @property {[string, string][]} numbers
 */

/**
 * What the view draws.
 * @typedef {object} Payload
 * @property {PanelPayload[]} panels
 * @property {string} source
 * @property {string} version
 * @property {string} extent
 * @property {number} side
 * @property {boolean} tiles
 * @property {string[]} classes
 * @property {string[]} colors
 * @property {string | null} enlarged
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
        architecture: "string",
        square: { any: [{ tuple: ["number", "number", "number"] }, "null"] },
        error: "string",
        bound: { any: ["number", "null"] },
        epochs: "integer",
        numbers: { list: { tuple: ["string", "string"] } },
      },
    } },
    source: "string",
    version: "string",
    extent: "string",
    side: "integer",
    tiles: "boolean",
    classes: { list: "string" },
    colors: { list: "string" },
    enlarged: { any: ["string", "null"] },
  },
}
