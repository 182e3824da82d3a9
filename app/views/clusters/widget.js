// Maps of all runs' test codes. What is pointed at or selected in one is so in all of them.
import { Echo } from "../../web/dom/echo.js"
import { element, onFrame } from "../../web/dom/elements.js"
import { offerPicture, withdrawPicture } from "../../web/dom/snapshots.js"
import { loadArray } from "../../web/engine/weights.js"
import { Card } from "./card.js"
import { classPalette, isDark, rgb, tonesOf, valuePalette, valueRange } from "./colors.js"
import { Bar, Legend } from "./legend.js"
import { MapPanel } from "./panel.js"

const MOUSE_HINT =
  "Point at a dot to find it in every map; click selects it, Ctrl-click adds it. "
  + "Drag pans, the wheel zooms, Shift-drag draws a lasso, a double click resets. "
  + "Keys: arrows, +, −, 0, Enter, Escape."
const TOUCH_HINT =
  "Tap a dot to select it and find it in every map, or slide sideways over some. "
  + "Two fingers pan and zoom; with Lasso on, one finger draws a lasso."

const REST = 400 // milliseconds without a move, after which the server is told what is shown

export class View {
  constructor(root) {
    this.echo = new Echo()
    Object.assign(this, { root, panels: [], selected: [], pointed: { index: -1 }, turn: -1 })
    Object.assign(this, { labels: null, images: null, lassoing: false, scrolledAt: 0 })
    this.visible = (index) => !this.legend.hidden.has(this.labels[index])
    this.legend = new Legend(() => {
      this.regroup()
      this.rest()
    })
    this.bar = new Bar()
    this.card = new Card()
    this.grid = element("div", "grid")
    this.problem = element("p", "problem", [], { role: "status" })
    const coarse = window.matchMedia("(pointer: coarse)").matches
    root.replaceChildren(
      element("div", "tools", [this.makeTools(), this.legend.root, this.bar.root]),
      element("p", "quiet", [coarse ? TOUCH_HINT : MOUSE_HINT]),
      this.problem,
      this.grid,
      this.card.root,
    )
    this.showPoint = onFrame(() => this.paintPoint())
    this.sizes = new ResizeObserver(() => {
      this.point(-1)
      this.panels.forEach((panel) => panel.draw())
    })
    this.unpoint = (event) => {
      if (event.type === "scroll") this.scrolledAt = performance.now()
      this.point(-1)
    }
    this.picture = () => this.takePicture()
    offerPicture("maps", this.picture)
    window.addEventListener("scroll", this.unpoint, { capture: true, passive: true })
    document.addEventListener("pointerdown", this.unpoint, { capture: true })
  }

  makeTools() {
    const button = (label, help, press) => {
      const made = element("button", "", [label], { type: "button", "data-help": help })
      made.onclick = press
      return made
    }
    const lasso = button("Lasso", "lasso", () => {
      this.lassoing = !this.lassoing
      this.root.classList.toggle("lassoing", this.lassoing)
      lasso.setAttribute("aria-pressed", String(this.lassoing))
    })
    lasso.setAttribute("aria-pressed", "false")
    this.clear = button("Clear", "clear", () => this.select([], "replace"))
    this.clear.setAttribute("aria-label", "Clear selection")
    this.count = element("span", "count", [], { role: "status" })
    const whole = button("Whole maps", "whole", () => this.panels.forEach((panel) => panel.reset()))
    return element("div", "buttons", [lasso, whole, this.clear, this.count])
  }

  update(component) {
    const { data } = component
    const { source, version } = data.images
    const other = this.data?.images.source !== source
    const renewed = other || this.data.images.version !== version
    Object.assign(this, { component, data })
    if (other) this.labels = null
    if (renewed) {
      this.images = null
      this.point(-1)
    }
    // What answers an older selection than the last that was sent says nothing new.
    if (other || data.turn >= this.turn) {
      this.turn = Math.max(this.turn, data.turn)
      this.selected = data.selected
    }
    this.legend.update(data.classes, data.colors, !data.values)
    this.bar.root.hidden = !data.values
    this.card.update(data.runs)
    this.layOut(data.runs)
    this.dress()
    for (const panel of this.panels) panel.update(data)
    if (this.echo.isNews(data.shown)) this.show(data.shown)
    if (renewed || this.problem.textContent) this.loadImages()
    this.arrange()
  }

  // What is hidden and enlarged, as the server knows it: `hidden` classes, `parts` of maps by run.
  get shown() {
    const parts = this.panels.map(({ run, part }) => [run.name, part])
    return {
      hidden: [...this.legend.hidden],
      parts: Object.fromEntries(parts.filter(([, part]) => part)),
    }
  }

  show({ hidden, parts }) {
    this.legend.show((label) => !hidden.includes(label))
    for (const panel of this.panels) panel.showPart(parts[panel.run.name] ?? null)
  }

  // Tell the server what is shown once that rests.
  rest() {
    clearTimeout(this.resting)
    this.resting = setTimeout(() => {
      const { shown } = this
      if (!this.echo.isDue(shown)) return
      this.show(shown) // rounded as it is told, so that it is what a link shows
      this.component.setStateValue("shown", shown)
    }, REST)
  }

  layOut(runs) {
    const before = this.panels
    this.panels = runs.map(
      (run) => before.find((panel) => panel.source === run.source) ?? new MapPanel(this, run),
    )
    runs.forEach((run, at) => {
      this.panels[at].run = run
    })
    if (this.panels.every((panel, at) => panel === before[at]) && before.length === runs.length)
      return
    this.grid.dataset.count = String(runs.length)
    this.grid.replaceChildren(...this.panels.map(({ root }) => root))
    this.sizes.disconnect()
    for (const { canvas } of this.panels) this.sizes.observe(canvas)
  }

  // How maps are painted: see Painting.
  dress() {
    const { color, backgroundColor } = getComputedStyle(this.grid)
    const theme = { text: rgb(color), background: rgb(backgroundColor) }
    this.look = {
      ...this.look,
      theme,
      dark: isDark(theme.background),
      images: this.data.thumbnails ? this.images : null,
    }
  }

  async loadLabels() {
    const owner = this.data.images
    const labels = await loadArray(owner, "labels.bin", Uint8Array)
    if (owner.version === this.data.images.version) this.labels = labels
    return labels
  }

  async loadImages() {
    const { images: owner, runs, method } = this.data
    try {
      // They are large, and the points shall not wait for them.
      await Promise.allSettled(runs.map((run) => loadArray(run, `map-${method}.bin`)))
      const images = await loadArray(owner, "images.bin", Uint8Array)
      if (owner.version !== this.data.images.version) return
      this.images = images
      this.problem.textContent = ""
      this.dress()
      this.arrange()
      this.showPoint()
    } catch (error) {
      this.problem.textContent = `The test images do not load: ${error.message}`
    }
  }

  // Sort the points by what is shown and selected, and colour them.
  arrange() {
    if (!this.labels) return
    this.regroup()
    this.recolor()
  }

  // Each point's colour, by its class or by its value on a scale that all maps share.
  recolor() {
    const { values, colors } = this.data
    const kind = values?.kind ?? null
    const shown = this.panels.filter(({ measure }) => measure && measure.kind === kind)
    if (!shown.length) return // the colours asked for are on their way
    const range = values && valueRange(shown.map(({ measure }) => measure.values))
    const palette = values ? valuePalette(this.look.dark) : classPalette(colors)
    for (const panel of shown) {
      const tones = values ? tonesOf(panel.measure.values, range) : this.labels
      panel.colors = { tones, palette }
    }
    if (values) this.bar.update(values.title, palette, range)
  }

  regroup() {
    if (!this.labels) return
    const selected = new Set(this.selected)
    const rest = []
    for (let index = 0; index < this.labels.length; index += 1) {
      if (this.visible(index) && !selected.has(index)) rest.push(index)
    }
    this.look.groups = { rest, chosen: this.selected.filter(this.visible) }
    this.clear.disabled = !this.selected.length
    this.count.textContent = this.selected.length ? `${this.selected.length} selected` : ""
    if (!this.visible(this.pointed.index)) this.point(-1)
    for (const panel of this.panels) panel.draw()
  }

  // Select test images: "replace" what is selected, "add" to it, or "toggle" them in it.
  select(indices, how) {
    const before = how === "replace" ? [] : this.selected
    const gone = how === "toggle" ? indices.filter((index) => before.includes(index)) : []
    const kept = before.filter((index) => !gone.includes(index))
    const next = [...new Set([...kept, ...indices.filter((index) => !gone.includes(index))])]
    if (next.join() === this.selected.join()) return
    this.selected = next
    this.turn += 1
    this.regroup()
    this.component.setTriggerValue("selected", { indices: next, turn: this.turn })
  }

  // Point at a test image from a place in the window; -1: at none.
  point(index, place = null, touch = false) {
    if (index < 0 && this.pointed.index < 0) return
    this.pointed = { index, place, touch }
    this.showPoint()
  }

  paintPoint() {
    const { index, place, touch } = this.pointed
    this.panels.forEach((panel) => panel.showMark(index))
    if (index < 0) {
      this.card.hide()
      return
    }
    const name = this.data.classes[this.labels[index]]
    const networks = this.panels.map(({ network }) => network)
    this.card.show({ index, name, images: this.images, networks }, place, touch)
  }

  decodes() {
    if (this.pointed.index >= 0) this.showPoint()
  }

  // The maps as they are: the part that is seen, the classes that are shown, what is selected.
  takePicture() {
    const { classes, colors, values } = this.data
    const legend = classes.flatMap((name, label) =>
      this.legend.hidden.has(label) ? [] : [{ name, color: colors[label] }],
    )
    return {
      panels: this.panels.filter((panel) => panel.colors).map((panel) => panel.snapshot()),
      columns: this.panels.length > 1 ? 2 : 1,
      legend: values ? this.bar.entries() : legend,
      told: this.count.textContent,
    }
  }

  stop() {
    clearTimeout(this.resting)
    withdrawPicture("maps", this.picture)
    this.sizes.disconnect()
    window.removeEventListener("scroll", this.unpoint, { capture: true })
    document.removeEventListener("pointerdown", this.unpoint, { capture: true })
  }
}
