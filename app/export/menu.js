// The files of a page: made by the server when they are asked for, or here, of what is
// shown.
import { track } from "../web/dom/busy.js"
import { element, messageOf, replaceChildren } from "../web/dom/elements.js"
import { picture } from "../web/dom/snapshots.js"
import { askBlob } from "../web/engine/weights.js"

/** @import { Component } from "../web/dom/streamlit.js" */
/** @import { ItemPayload, Payload } from "./menu.payload.js" */

export { SHAPE } from "./menu.payload.js"

const KEPT = 60_000 // milliseconds that a browser may take to begin saving

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = element("a", "", [], { href: URL.createObjectURL(blob), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT)
}

export class View {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {Map<string, Row>} */
    this.rows = new Map()
    this.list = element("ul")
    this.problem = element("p", "problem", [], { role: "alert" })
    const about = element("p", "quiet", ["What this page shows, as it is now:"])
    root.replaceChildren(about, this.list, this.problem)
  }

  /** @param {Component<Payload>} component */
  update({ data }) {
    const old = this.rows
    this.rows = new Map(
      data.items.map((item) => {
        const row = old.get(item.name) ?? new Row(this, item)
        row.update(item)
        return [item.name, row]
      }),
    )
    replaceChildren(
      this.list,
      [...this.rows.values()].map(({ root }) => root),
    )
  }

  // The page's colours and letters, for pictures that are made here.
  get look() {
    const style = getComputedStyle(this.root)
    return {
      background: style.getPropertyValue("--st-background-color").trim(),
      text: style.color,
      font: style.fontFamily,
    }
  }

  stop() {}
}

class Row {
  /** @param {View} view @param {ItemPayload} item */
  constructor(view, item) {
    this.view = view
    this.item = item
    this.label = element("span")
    this.kind = element("span", "kind")
    this.button = element("button", "", [this.label, this.kind], { type: "button" })
    this.button.onclick = () => this.take()
    this.root = element("li", "", [this.button])
  }

  /** @param {ItemPayload} item */
  update(item) {
    this.item = item
    this.label.textContent = item.label
    this.button.dataset.testid = `download-${item.name}`
    if (!this.button.disabled) this.kind.textContent = item.kind.toUpperCase()
  }

  async take() {
    const { item, view } = this
    this.busy(true)
    view.problem.textContent = ""
    try {
      const made = item.address ? askBlob(item.address) : picture(item, view.look)
      save(await track(made), item.name)
    } catch (error) {
      view.problem.textContent = `${item.label} cannot be saved: ${messageOf(error)}`
    }
    this.busy(false)
  }

  /** @param {boolean} on */
  busy(on) {
    this.button.disabled = on
    this.button.setAttribute("aria-busy", String(on))
    this.kind.textContent = on ? "making…" : this.item.kind.toUpperCase()
  }
}
