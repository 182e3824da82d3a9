// The files that a page offers: made by the server when they are asked for, or here, of what is
// shown.
import { track } from "../web/dom/busy.js"
import { element } from "../web/dom/elements.js"
import { picture } from "../web/dom/snapshots.js"
import { askBlob } from "../web/engine/weights.js"

const KEPT = 60_000 // milliseconds that a browser may take to begin saving

function save(blob, name) {
  const link = element("a", "", [], { href: URL.createObjectURL(blob), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT)
}

export class View {
  constructor(root) {
    this.root = root
    this.rows = new Map()
    this.list = element("ul")
    this.problem = element("p", "problem", [], { role: "alert" })
    const about = element("p", "quiet", ["What this page shows, as it is now:"])
    root.replaceChildren(about, this.list, this.problem)
  }

  update({ data }) {
    const old = this.rows
    this.rows = new Map(data.items.map((item) => [item.name, old.get(item.name) ?? new Row(this)]))
    for (const item of data.items) this.rows.get(item.name).update(item)
    const rows = [...this.rows.values()].map(({ root }) => root)
    const same =
      rows.length === this.list.children.length
      && rows.every((row, at) => row === this.list.children[at])
    if (!same) this.list.replaceChildren(...rows)
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
  constructor(view) {
    this.view = view
    this.label = element("span")
    this.kind = element("span", "kind")
    this.button = element("button", "", [this.label, this.kind], { type: "button" })
    this.button.onclick = () => this.take()
    this.root = element("li", "", [this.button])
  }

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
      view.problem.textContent = `${item.label} cannot be saved: ${error.message}`
    }
    this.busy(false)
  }

  busy(on) {
    this.button.disabled = on
    this.button.setAttribute("aria-busy", String(on))
    this.kind.textContent = on ? "making…" : this.item.kind.toUpperCase()
  }
}
