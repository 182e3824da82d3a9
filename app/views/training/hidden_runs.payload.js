// What Python sends to this view. Made of hidden_runs.py by `make types`: edit that.

/**
 * The names of the runs that are hidden, as Python knows them.
 * @typedef {object} HiddenState
 * @property {number} revision
 * @property {string} session
 * @property {string[]} value
 */

/**
 * What the listener needs: the chart's key, the runs in it, and which of them are hidden.
 * @typedef {object} Payload
 * @property {string} chart
 * @property {string[]} names
 * @property {HiddenState} hidden
 */

/** @type {import("../../web/dom/payload.js").Shape} */
export const SHAPE = {
  object: {
    chart: "string",
    names: { list: "string" },
    hidden: {
      object: {
        revision: "integer",
        session: "string",
        value: { list: "string" },
      },
    },
  },
}
