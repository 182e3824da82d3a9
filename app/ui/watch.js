// Asks the server now and then whether the folders that it serves are still those of the page.
/** @import { Component } from "../web/dom/streamlit.js" */
/** @import { Payload } from "./watch.payload.js" */

const EVERY = 10_000 // milliseconds, while the page is looked at
const CALM = 5_000 // milliseconds since it was last used: who moves something is not disturbed
const USES = ["pointermove", "keydown", "input"]
/** @type {WeakMap<Component<Payload>["parentElement"], Watch>} */
const watches = new WeakMap()

class Watch {
  /** @param {Component<Payload>} component */
  constructor(component) {
    this.component = component
    this.used = -CALM
    this.use = (/** @type {Event} */ { timeStamp }) => {
      this.used = timeStamp
    }
    for (const name of USES) document.addEventListener(name, this.use, { passive: true })
    this.timer = setInterval(() => performance.now() - this.used > CALM && this.look(), EVERY)
    this.seen = () => this.look()
    document.addEventListener("visibilitychange", this.seen)
  }

  async look() {
    if (document.hidden) return
    const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL("./", location.href).href
    const { data, setTriggerValue } = this.component
    try {
      const answer = await fetch(new URL(data.address, base), { cache: "no-store" })
      const version = await answer.text()
      // While a run of the page is under way, the next look tells it again.
      if (answer.ok && version !== this.component.data.version) setTriggerValue("changed", version)
    } catch {
      // The server is away: Streamlit says so, and comes back with all that is new.
    }
  }

  stop() {
    clearInterval(this.timer)
    for (const name of USES) document.removeEventListener(name, this.use)
    document.removeEventListener("visibilitychange", this.seen)
  }
}

/** @param {Component<Payload>} component */
export default function (component) {
  const { parentElement } = component
  const watch = watches.get(parentElement) ?? new Watch(component)
  watches.set(parentElement, watch)
  watch.component = component
  return () => {
    watch.stop()
    watches.delete(parentElement)
  }
}
