// What Python sends to this view. Made of menu.py by `make types`: edit that.

/**
 * A file; see MenuItem.
 * @typedef {object} ItemPayload
 * @property {string} label
 * @property {string} kind
 * @property {string} name
 * @property {string} address
 * @property {string} source
 * @property {string} title
 * @property {string} caption
 */

/**
 * What the menu lists.
 * @typedef {object} Payload
 * @property {ItemPayload[]} items
 */

/** @type {import("../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    items: { list: {
      object: {
        label: "string",
        kind: "string",
        name: "string",
        address: "string",
        source: "string",
        title: "string",
        caption: "string",
      },
    } },
  },
}
