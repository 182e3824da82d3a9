// What Python sends to this view. Made of watch.py by `make types`: edit that.

/**
 * Where to ask, and what the answer is while nothing has changed.
 * @typedef {object} Payload
 * @property {string} address
 * @property {string} version
 */

/** @type {import("../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    address: "string",
    version: "string",
  },
}
