// Maps of all runs' test codes. What is pointed at or selected in one is so in all of them.
import { element, messageOf, onFrame } from "../../web/dom/elements.js"
import { Rest } from "../../web/dom/rest.js"
import { registerPicture, unregisterPicture } from "../../web/dom/snapshots.js"
import { LiveState } from "../../web/dom/state.js"
import { loadArray } from "../../web/engine/weights.js"
import { Card } from "./card.js"
import { colorPoints } from "./coloring.js"
import { isDark, rgb } from "./colors.js"
import { Bar, Legend } from "./legend.js"
import { MapPanel } from "./panel.js"
import { selection } from "./selection.js"
import { Tools } from "./tools.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { How } from "./selection.js" */
/** @import { Look, MapPart, Point } from "./types.js" */
/** @import { Payload, RunPayload } from "./widget.payload.js" */

export { SHAPE } from "./widget.payload.js"

const REST = 400 // milliseconds without a move, after which the server is told what is shown

/** @typedef {RunPayload} Run */

/**
 * @typedef {object} Network what is needed to show what a run makes of a test image
 * @property {Float32Array} codes [N, D]
 * @property {Float32Array} errors [N]
 * @property {import("../../web/engine/weights.js").AnyDecoder} decoder
 */

export class View {
  /** @type {Component<Payload>} */
  component
  /** @type {Payload} */
  data
  /** @type {Look} */
  look = {
    theme: { text: [], background: [] },
    dark: false,
    images: null,
    size: { height: 1, width: 1, channels: 1 },
    groups: { chosen: [], rest: [] },
  }
  /** @type {MapPanel[]} */
  panels = []
  /** @type {number[]} */
  selected = [] // test images
  maps = "" // which they are
  /** @type {{ index: number, place: Point, touch: boolean }} */
  pointed = { index: -1, place: [0, 0], touch: false }
  /** @type {Uint8Array | null} */
  labels = null
  /** @type {Uint8Array | null} */
  images = null
  lassoing = false
  scrolledAt = 0 // milliseconds
  resting = new Rest(REST, () => {
    const { shown } = this
    this.show(shown) // rounded as it is told, so that it is what a link shows
    this.view.tell(shown, (message) => this.component.setStateValue("shown", message))
  })

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {LiveState<number[]>} */
    this.selection = new LiveState()
    /** @type {LiveState<Payload["shown"]["value"]>} */
    this.view = new LiveState() // what is hidden and enlarged
    this.visible = (/** @type {number} */ index) =>
      this.labels !== null && !this.legend.hidden.has(this.labels[index])
    this.legend = new Legend(
      () => this.regroup(),
      () => this.rest(),
    )
    this.bar = new Bar()
    this.card = new Card()
    this.grid = element("div", "grid")
    this.problem = element("p", "problem", [], { role: "status" })
    this.tools = new Tools(this)
    root.replaceChildren(
      element("div", "tools", [this.tools.root, this.legend.root, this.bar.root]),
      this.tools.hint,
      this.problem,
      this.grid,
      this.card.root,
    )
    this.showPoint = onFrame(() => this.paintPoint())
    this.sizes = new ResizeObserver(() => {
      this.point(-1)
      for (const panel of this.panels) panel.draw()
    })
    this.unpoint = (/** @type {Event} */ event) => {
      if (event.type === "scroll") this.scrolledAt = performance.now()
      this.point(-1)
    }
    this.picture = () => this.takePicture()
    registerPicture("maps", this.picture)
    window.addEventListener("scroll", this.unpoint, { capture: true, passive: true })
    document.addEventListener("pointerdown", this.unpoint, { capture: true })
  }

  /** @param {Component<Payload>} component */
  update(component) {
    const { data } = component
    const { source, version } = data.images
    const other = this.data?.images.source !== source
    const renewed = other || this.data.images.version !== version
    this.component = component
    this.data = data
    if (other) this.labels = null
    if (renewed) {
      this.images = null
      this.point(-1)
    }
    if (this.selection.take(data.selected)) this.selected = data.selected.value
    this.legend.update(data.classes, data.colors, !data.values)
    this.bar.root.hidden = !data.values
    this.card.update(data.runs, data.images.image)
    this.layOut(data.runs)
    this.dress()
    for (const panel of this.panels) panel.update(data)
    const maps = JSON.stringify([source, data.method, data.runs.map((run) => run.name)])
    if (maps !== this.maps) this.view.drop() // what was enlarged are other maps
    if (this.view.take(data.shown) || maps !== this.maps) this.show(data.shown.value)
    this.maps = maps
    if (renewed || this.problem.textContent) this.loadImages()
    this.arrange()
  }

  // What is hidden and enlarged, as the server knows it: `hidden` classes, `parts` of maps by run.
  get shown() {
    /** @type {Record<string, MapPart>} */
    const parts = {}
    for (const { run, part } of this.panels) if (part) parts[run.name] = part
    return { hidden: [...this.legend.hidden], parts }
  }

  /** @param {Payload["shown"]["value"]} shown */
  show({ hidden, parts }) {
    this.legend.show((label) => !hidden.includes(label))
    for (const panel of this.panels) panel.showPart(parts[panel.run.name] ?? null)
  }

  // Somebody hides or enlarges something: tell the server once that rests.
  rest() {
    this.view.change()
    this.resting.begin()
  }

  /** @param {Run[]} runs */
  layOut(runs) {
    const before = this.panels
    this.panels = runs.map(
      (run) => before.find((panel) => panel.source === run.source) ?? new MapPanel(this, run),
    )
    runs.forEach((run, at) => {
      this.panels[at].run = run
    })
    const same = this.panels.every((panel, at) => panel === before[at])
    if (same && before.length === runs.length) return
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
      size: this.data.images.image,
    }
  }

  /** @returns {Promise<Uint8Array>} */
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
      this.problem.textContent = `The test images do not load: ${messageOf(error)}`
    }
  }

  // Sort the points by what is shown and selected, and colour them.
  arrange() {
    if (!this.labels) return
    this.regroup()
    this.recolor()
  }

  recolor() {
    if (!this.labels) return
    const { values } = this.data
    const scale = colorPoints(this.panels, this.data, this.labels, this.look.dark)
    if (scale && values) this.bar.update(values.title, scale.palette, scale.range)
  }

  regroup() {
    if (!this.labels) return
    const selected = new Set(this.selected)
    const rest = []
    for (let index = 0; index < this.labels.length; index += 1) {
      if (this.visible(index) && !selected.has(index)) rest.push(index)
    }
    this.look.groups = { rest, chosen: this.selected.filter(this.visible) }
    this.tools.update(this.selected.length)
    if (!this.visible(this.pointed.index)) this.point(-1)
    for (const panel of this.panels) panel.draw()
  }

  /** @param {number[]} indices of test images @param {How} how */
  select(indices, how) {
    const next = selection(this.selected, indices, how)
    if (next.join() === this.selected.join()) return
    this.selected = next
    this.regroup()
    this.selection.change()
    this.selection.tell(next, (message) => this.component.setTriggerValue("selected", message))
  }

  /**
   * Points at a test image from a place in the window; -1: at none.
   * @param {number} index
   * @param {Point} place
   */
  point(index, place = [0, 0], touch = false) {
    if (index < 0 && this.pointed.index < 0) return
    this.pointed = { index, place, touch }
    this.showPoint()
  }

  paintPoint() {
    const { index, place, touch } = this.pointed
    for (const panel of this.panels) panel.showMark(index)
    if (index < 0 || !this.labels) {
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
      cells: this.panels.flatMap((panel) => panel.snapshot() ?? []),
      columns: this.panels.length > 1 ? 2 : 1,
      legend: values ? this.bar.entries() : legend,
      told: this.tools.count.textContent ?? "",
    }
  }

  stop() {
    this.resting.end()
    unregisterPicture("maps", this.picture)
    this.sizes.disconnect()
    window.removeEventListener("scroll", this.unpoint, { capture: true })
    document.removeEventListener("pointerdown", this.unpoint, { capture: true })
  }
}
