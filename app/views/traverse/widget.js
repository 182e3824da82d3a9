// Traverse: sliders that all runs share, and what every run decodes where they stand.
import { element, number, onFrame, replaceChildren } from "../../web/dom/elements.js"
import { drawImage, imageCanvas } from "../../web/dom/images.js"
import { Rest } from "../../web/dom/rest.js"
import { LiveState } from "../../web/dom/state.js"
import { drop } from "../../web/engine/pool.js"
import { load } from "../../web/engine/weights.js"
import { Pads } from "./pads.js"
import { RunPart } from "./run.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { Payload } from "./widget.payload.js" */

export { SHAPE } from "./widget.payload.js"

const REST = 300 // milliseconds without a move, after which the server is told and asked
const SWEEP = 6000 // milliseconds for a dimension there and back

/**
 * @typedef {object} DimensionSlider
 * @property {HTMLElement} row
 * @property {HTMLElement} label
 * @property {HTMLElement} dots
 * @property {HTMLInputElement} input
 * @property {HTMLElement} value
 */

export class View {
  /** @type {Payload} */
  data
  /** @type {Component<Payload>["setStateValue"]} */
  setStateValue
  /** @type {number[]} */
  positions = []
  active = 0 // the slider moved last
  /** @type {[across: number, up: number]} */
  axes = [0, 1] // the sliders of the pads
  held = false
  /** @type {number | null} */
  playing = null // the frame in which the sweep goes on
  rest = new Rest(REST, () => this.atRest())

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {DimensionSlider[]} */
    this.sliders = []
    /** @type {LiveState<Payload["place"]["value"]>} */
    this.state = new LiveState()
    /** @type {Map<string, RunPart>} */
    this.parts = new Map()
    this.draw = onFrame(() => this.show())
    this.play = element("button", "", ["Play"], {
      "data-testid": "play",
      "aria-pressed": "false",
      "data-help": "play",
    })
    this.play.onclick = () => this.sweep(this.playing === null)
    this.reset = element("button", "", ["Reset"], { "data-help": "reset" })
    this.reset.onclick = () => this.moveTo(this.positions.map(() => 0))
    this.baseCanvas = imageCanvas()
    this.baseName = element("span", "quiet", [], { "data-help": "base" })
    this.list = element("div", "sliders", [], { role: "group", "aria-label": "Positions" })
    this.cards = element("div", "cards")
    this.strips = element("div", "strips")
    this.stripTitle = element("h2")
    this.pads = new Pads(this)
    const head = element("div", "head", [this.play, this.reset, this.baseCanvas, this.baseName])
    root.replaceChildren(
      element("div", "top", [element("div", "panel", [head, this.list]), this.cards]),
      this.stripTitle,
      this.strips,
      this.pads.root,
    )
    this.release = () => {
      this.held = false
      this.settle()
    }
    root.addEventListener("pointerdown", () => {
      this.held = true
    })
    window.addEventListener("pointerup", this.release)
    window.addEventListener("pointercancel", this.release)
    this.widths = new ResizeObserver(() => {
      for (const part of this.parts.values()) part.layOut()
      this.draw()
    })
    this.widths.observe(root)
  }

  /** @param {Component<Payload>} component */
  update({ data, setStateValue }) {
    const before = this.data
    this.data = data
    this.setStateValue = setStateValue
    if (!before || before.names.join() !== data.names.join()) {
      this.state.drop() // what was moved are other sliders
      this.makeSliders()
    }
    if (this.state.take(data.place)) {
      this.sweep(false)
      const { positions, active, axes } = data.place.value
      this.positions = [...positions]
      this.active = active
      this.axes = axes
    }
    this.makeParts()
    this.nameSliders()
    this.baseName.textContent = data.base
    this.baseCanvas.hidden = !data.baseImage
    if (data.baseImage) {
      drawImage(
        this.baseCanvas,
        Uint8Array.from(atob(data.baseImage), (c) => c.charCodeAt(0)),
        data.runs[0].image,
      )
      this.baseCanvas.setAttribute("aria-label", data.base)
    }
    this.pads.update()
    this.draw()
    this.settle()
  }

  makeSliders() {
    this.sliders = this.data.names.map((_, at) => {
      const input = element("input", "", [], {
        type: "range",
        min: "-1",
        max: "1",
        step: "0.01",
        "data-testid": `dim-${at}`,
      })
      input.oninput = () => {
        this.sweep(false)
        this.active = at
        this.moveTo(this.positions.map((old, other) => (other === at ? Number(input.value) : old)))
      }
      input.onfocus = () => this.activate(at)
      input.ondblclick = () => this.moveTo(this.positions.with(at, 0))
      const label = element("label", "name")
      const dots = element("span", "dots")
      const value = element("span", "value")
      const row = element("div", "row", [label, dots, input, value])
      return { row, label, dots, input, value }
    })
    this.list.replaceChildren(...this.sliders.map(({ row }) => row))
  }

  makeParts() {
    const old = this.parts
    this.parts = new Map(
      this.data.runs.map((run) => {
        const part = old.get(run.name) ?? new RunPart(this, run)
        part.update(run)
        return [run.name, part]
      }),
    )
    const parts = [...this.parts.values()]
    for (const part of old.values()) if (!parts.includes(part)) part.stop()
    replaceChildren(
      this.cards,
      parts.map(({ card }) => card),
    )
    replaceChildren(
      this.strips,
      parts.map(({ strip }) => strip),
    )
    for (const part of parts) {
      load(part.run, "decoder").then(this.draw, (error) => part.fail(error))
    }
  }

  // Names, and a dot a run: filled where the dimension that the slider moves in it is active.
  nameSliders() {
    this.sliders.forEach(({ row, label, dots, input }, at) => {
      label.textContent = this.data.names[at]
      const moved = this.data.runs.filter((run) => at < run.order.length)
      const alive = moved.filter((run) => run.active[run.order[at]])
      dots.replaceChildren(
        ...moved.map((run) => {
          const dot = element("i", alive.includes(run) ? "dot" : "dot dead")
          dot.style.setProperty("--run", run.color)
          dot.title = `${run.label}: z${run.order[at]}${alive.includes(run) ? "" : ", dead"}`
          return dot
        }),
      )
      row.classList.toggle("dead", !alive.length)
      const dead = moved.filter((run) => !alive.includes(run)).map((run) => run.label)
      const note = dead.length ? `, dead in ${dead.join(", ")}` : ""
      input.setAttribute("aria-label", this.data.names[at] + note)
      row.title = `${this.data.names[at]}${note}; double-click: back to the base point`
    })
  }

  /** @param {number} at the slider's place */
  activate(at) {
    if (this.active === at) return
    this.state.change()
    this.active = at
    this.draw()
    this.settle()
  }

  /** @param {number[]} positions */
  moveTo(positions) {
    this.state.change()
    this.positions = positions
    this.draw()
    this.settle()
  }

  show() {
    const active = this.active
    this.sliders.forEach(({ row, input, value }, at) => {
      const position = this.positions[at]
      if (Number(input.value) !== position) input.value = String(position)
      value.textContent = number(position)
      row.classList.toggle("active", at === active)
    })
    this.stripTitle.textContent = `${this.data.names[active]} in ${this.data.steps} steps`
    for (const part of this.parts.values()) part.show(this.positions, active)
    this.pads.show()
  }

  /** Moves the active slider to and fro, or stops it. @param {boolean} on */
  sweep(on) {
    if ((this.playing !== null) === on) return
    if (this.playing !== null) cancelAnimationFrame(this.playing)
    this.playing = null
    this.play.textContent = on ? "Pause" : "Play"
    this.play.setAttribute("aria-pressed", String(on))
    if (!on) {
      this.settle()
      return
    }
    this.state.change()
    this.rest.end() // Python is told where the sweep ends, not where it passes
    const from = Math.asin(this.positions[this.active])
    /** @type {number | null} */
    let start = null
    const step = (/** @type {number} */ now) => {
      start ??= now
      const position = Math.sin(from + (2 * Math.PI * (now - start)) / SWEEP)
      this.positions = this.positions.with(this.active, Math.round(100 * position) / 100)
      this.show()
      this.playing = requestAnimationFrame(step)
    }
    this.playing = requestAnimationFrame(step)
  }

  // Once nothing moves: decode strips and lattices anew, which would keep the processor from the
  // live images; tell the server where the sliders stand, and ask it what the codes are.
  settle() {
    this.rest.end()
    if (this.held || this.playing || !this.data) return // without data: what came was refused
    this.rest.begin()
  }

  atRest() {
    this.show() // the frame that is to show it may come late: on a busy machine, in a hidden tab
    for (const part of this.parts.values()) part.decodeSteps()
    this.pads.decode()
    const { positions, active, axes } = this
    this.state.tell({ positions, active, axes }, (message) => this.setStateValue("place", message))
    for (const part of this.parts.values()) part.ask()
  }

  stop() {
    if (this.playing !== null) cancelAnimationFrame(this.playing)
    this.rest.end()
    for (const part of this.parts.values()) part.stop()
    this.widths.disconnect()
    this.pads.stop()
    drop("strip/")
    drop("pad/")
    window.removeEventListener("pointerup", this.release)
    window.removeEventListener("pointercancel", this.release)
  }
}
