// What Python sends to this view. Made of viewport.py by `make types`: edit that.

/**
 * What the server takes the page to be.
 * @typedef {object} Payload
 * @property {boolean} narrow
 */

/** @type {import("../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    narrow: "boolean",
  },
}
