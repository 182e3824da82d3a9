// What Python sends to this view. Made of tour_cookie.py by `make types`: edit that.

/**
 * The cookie's name, and whether it is to be set.
 * @typedef {object} Payload
 * @property {string} name
 * @property {boolean} seen
 */

/** @type {import("../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    name: "string",
    seen: "boolean",
  },
}
