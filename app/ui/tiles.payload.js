// What Python sends to this view. Made of tiles.py by `make types`: edit that.

/**
 * What the grid draws; `pixels` is uint8 [count, size, size] in base 64.
 * @typedef {object} Payload
 * @property {string} pixels
 * @property {number} size
 * @property {number} count
 * @property {string} label
 * @property {string[]} alts
 * @property {string[]} captions
 * @property {number[]} wrong
 * @property {number} columns
 * @property {number} narrowColumns
 * @property {number} width
 * @property {boolean} pickable
 * @property {number | null} picked
 */

/** @type {import("../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    pixels: "string",
    size: "integer",
    count: "integer",
    label: "string",
    alts: { list: "string" },
    captions: { list: "string" },
    wrong: { list: "integer" },
    columns: "integer",
    narrowColumns: "integer",
    width: "integer",
    pickable: "boolean",
    picked: { any: ["integer", "null"] },
  },
}
