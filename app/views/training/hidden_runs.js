// Listens to the legend of Training's curves: which runs people hide there. Python draws the curves.
import { LiveState } from "../../web/dom/state.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { Payload } from "./hidden_runs.payload.js" */

export { SHAPE } from "./hidden_runs.payload.js"

/**
 * @typedef {HTMLElement & {
 *   data?: { meta?: string, visible?: boolean | "legendonly" }[]
 *   on?: (event: string, listener: () => void) => void
 * }} Plot plotly's own element
 */

export class View {
  /** @type {Payload} */
  data
  /** @type {Component<Payload>["setStateValue"]} */
  setStateValue
  /** @type {WeakSet<Plot>} */
  heard = new WeakSet()

  constructor() {
    /** @type {LiveState<string[]>} */
    this.state = new LiveState()
    // The chart comes later than this, and its element can be another one later.
    this.comings = new MutationObserver(() => this.listen())
    this.comings.observe(document.body, { childList: true, subtree: true })
  }

  /** @param {Component<Payload>} component */
  update({ data, setStateValue }) {
    this.data = data
    this.setStateValue = setStateValue
    this.state.take(data.hidden)
    this.listen()
  }

  listen() {
    /** @type {Plot | null} */
    const plot = document.querySelector(`.st-key-${this.data?.chart} .js-plotly-plot`)
    if (!plot?.on || this.heard.has(plot)) return
    this.heard.add(plot)
    plot.on("plotly_restyle", () => this.tell(plot))
  }

  // A trace's meta begins with the name of its run; all of a run's are hidden together.
  /** @param {Plot} plot */
  tell(plot) {
    const hidden = (plot.data ?? [])
      .filter(({ visible }) => visible === "legendonly")
      .map(({ meta }) => meta?.split(" ")[0])
    this.state.change()
    this.state.tell(
      this.data.names.filter((name) => hidden.includes(name)),
      (message) => this.setStateValue("hidden", message),
    )
  }

  stop() {
    this.comings.disconnect()
  }
}
