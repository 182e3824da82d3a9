// Streamlit's side of a live view: loads the page's module, gives it the data, ends it. Streamlit
// takes this text as it is, so that it can import nothing but by an address that Python sends.
/** @import { Component } from "./streamlit.js" */
/** @import { Owner } from "../engine/cache.js" */

/**
 * @typedef {object} Payload what Python sends to every view, besides the view's own
 * @property {string} modules the address of app/'s modules
 * @property {string} view the view's module there
 * @property {Record<string, string>} help what controls and numbers are, by data-help
 * @property {Owner[]} [runs] whose networks and arrays are kept while they are shown
 * @property {Owner[]} [panels] likewise
 * @property {Owner} [images] likewise
 *
 * @typedef {object} View
 * @property {(component: Component<Payload>) => void} update
 * @property {() => void} stop
 *
 * @typedef {object} Entry
 * @property {Component<Payload>} latest
 * @property {((component: Component<Payload>) => void) | null} update
 * @property {View | null} view
 * @property {((owners: Owner[]) => void) | null} retain
 * @property {boolean} ended
 */

/** @type {WeakMap<Component<Payload>["parentElement"], Entry>} */
const entries = new WeakMap()

/** @param {Component<Payload>} component @returns {Entry} */
function start(component) {
  const { parentElement, data } = component
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".live"))
  /** @type {Entry} */
  const entry = { latest: component, update: null, view: null, retain: null, ended: false }
  const fail = (/** @type {Error} */ error) => {
    entry.update = null
    root.removeAttribute("aria-busy")
    root.textContent = `This part of the page does not load: ${error.message}. Reload the page.`
  }
  const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL("./", location.href).href
  const load = (/** @type {string} */ name) => import(new URL(data.modules + name, base).href)
  Promise.all([data.view, "web/dom/payload.js", "web/engine/weights.js"].map(load))
    .then(([{ View, SHAPE }, { mismatch }, { retain }]) => {
      if (entry.ended) return
      const view = new View(root)
      entry.view = view
      entry.retain = (owners) => retain(entry, owners)
      entry.update = (latest) => {
        const problem = mismatch(latest.data, SHAPE)
        if (problem) {
          fail(new Error(`${problem} (from another version of the server?)`))
          return
        }
        const { runs = [], panels = [], images } = latest.data
        entry.retain?.([...runs, ...panels, ...(images ? [images] : [])])
        view.update(latest)
        explain(root, latest.data.help)
      }
      entry.update(entry.latest)
      root.removeAttribute("aria-busy")
    })
    .catch(fail)
  return entry
}

/** @param {HTMLElement} root @param {Record<string, string>} help */
function explain(root, help) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (
    root.querySelectorAll("[data-help]")
  )) {
    part.title = help[part.dataset.help ?? ""]
  }
}

/** @param {Component<Payload>} component */
export default function (component) {
  const { parentElement } = component
  const entry = entries.get(parentElement) ?? start(component)
  entries.set(parentElement, entry)
  entry.latest = component
  entry.update?.(component)
  return () => {
    entry.ended = true
    entry.view?.stop()
    entry.retain?.([])
    entries.delete(parentElement)
  }
}
