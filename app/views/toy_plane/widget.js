// Planes whose markers stand at one place: pointed at in one, it is decoded in all. Interpolated
// from lattices of decoded codes until the decoders are here, which the first press fetches; where
// the pointer rests, the server is asked, which has the classifiers.

import { element, messageOf, number, onFrame } from "../../web/dom/elements.js"
import { Rest } from "../../web/dom/rest.js"
import { registerPicture, unregisterPicture } from "../../web/dom/snapshots.js"
import { LiveState } from "../../web/dom/state.js"
import { recordsAt } from "./data.js"
import { placeAt } from "./draw.js"
import { Panel } from "./panel.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { Place } from "./draw.js" */
/** @import { Payload } from "./widget.payload.js" */

export { SHAPE } from "./widget.payload.js"

const REST = 150 // milliseconds without a move, after which the server is asked
const TOLD = 400 // and after which it is told
const DIGITS = 5 // of the marker's coordinates
const BUDGET = 10 // milliseconds of a frame, after which no decoder is begun
const NEAR = "200px" // of the screen: what a panel there needs is fetched

export class View {
  /** @type {Payload} */
  settings
  /** @type {Component<Payload>} */
  component
  /** @type {Place} */
  place = [0, 0] // of the marker
  epoch = 1
  problem = ""
  /** @type {Panel[]} */
  panels = []
  /** @type {Panel | undefined} */
  active // pointed at last
  /** @type {Panel[]} */
  late = [] // panels for which the last frame had no time
  /** @type {Map<string, Uint8Array> | null} */
  answer = null // the server's, by panel
  /** @type {{ text: string, font: string, grid: string }} */
  style
  /** @type {AbortController | undefined} */
  request
  rest = new Rest(REST, () => this.decode())
  telling = new Rest(TOLD, () => this.tellNow())
  /** @type {Promise<unknown>} */
  turn = Promise.resolve() // of the last lattice that was asked for
  held = false // whether the pointer is down
  awake = false // whether decoders are fetched
  busy = false // whether one is
  ended = false

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {LiveState<Payload["pointed"]["value"]>} */
    this.state = new LiveState() // marker, panel and epoch
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) this.panelOf(target)?.draw()
    })
    this.sight = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const panel = this.panelOf(target)
          if (panel) this.see(panel, isIntersecting)
        }
      },
      { rootMargin: NEAR },
    )
    this.redraw = onFrame(() => this.show())
    this.drawEpoch = onFrame(() => {
      for (const panel of this.panels) panel.draw()
    })
    this.legend = element("ul", "legend")
    this.where = element("p", "where", [], { role: "status" })
    this.grid = element("div", "grid")
    this.slider = element("input", "", [], { type: "range", min: "1", "data-help": "epoch" })
    this.slider.oninput = () => {
      this.state.change()
      this.replayTo(Number(this.slider.value))
      this.tell()
    }
    this.count = element("span", "count")
    this.replay = element("label", "replay", ["Epoch", this.slider, this.count])
    this.picture = () => this.takePicture()
    registerPicture("plane", this.picture)
    root.replaceChildren(element("div", "head", [this.legend, this.replay]), this.where, this.grid)
  }

  /** @param {Node} part of the document */
  panelOf(part) {
    return this.panels.find(({ root }) => root.contains(part))
  }

  /** @param {Component<Payload>} component */
  update(component) {
    const { data } = component
    const changed = this.settings?.version !== data.version
    this.settings = data
    this.component = component
    if (changed) this.state.drop() // what was pointed at are other planes
    const told = this.state.take(data.pointed)
    const { place, panel: name, epoch } = data.pointed.value
    const style = getComputedStyle(this.root)
    this.style = {
      text: style.color,
      font: style.fontFamily,
      grid: style.getPropertyValue("--st-border-color").trim(),
    }
    while (this.panels.length < data.panels.length) this.addPanel()
    this.legend.replaceChildren(
      ...data.classes.map((name, label) => {
        const dot = element("span", "dot")
        dot.style.background = data.colors[label]
        return element("li", "", [dot, name])
      }),
    )
    const most = Math.max(...data.panels.map(({ epochs }) => epochs))
    this.replay.hidden = data.tiles || most < 2
    this.slider.max = String(most)
    if (told) this.place = place
    this.panels.forEach((panel, at) => panel.update(data.panels[at], data))
    if (told || changed) this.replayTo(Math.min(epoch, most))
    const sound = this.panels.filter((panel) => panel.data.square)
    const enlarged = sound.find((panel) => panel.data.name === data.enlarged)
    const before = told
      ? sound.find((panel) => panel.data.name === name)
      : sound.find((panel) => panel === this.active)
    const active = enlarged ?? before ?? sound[0]
    if (active && (told || changed || active !== this.active)) this.point(active, null)
    this.redraw()
  }

  addPanel() {
    const panel = new Panel(this)
    this.panels.push(panel)
    this.grid.append(panel.root)
    this.sizes.observe(panel.plot)
    this.sight.observe(panel.root)
  }

  /** @param {Panel} panel @param {boolean} seen */
  see(panel, seen) {
    panel.seen = seen
    panel.load()
    this.loadDecoders()
    this.redraw()
  }

  /** One task after another. @param {() => Promise<void> | null} task */
  inTurn(task) {
    this.turn = this.turn.then(task)
  }

  /** @param {string} name of a panel */
  enlarge(name) {
    this.component.setTriggerValue("enlarge", name)
  }

  // Somebody moves the marker on purpose: from now on the panels on the screen decode.
  wake() {
    this.awake = true
    for (const { server } of this.panels) delete server.problems.decoder // to be tried again
    this.loadDecoders()
  }

  // One after another, the active panel's first.
  async loadDecoders() {
    if (!this.awake || this.busy) return
    this.busy = true
    const next = () => [this.active, ...this.panels].find((panel) => panel?.lacksDecoder)
    for (let panel = next(); panel && !this.ended; panel = next()) {
      await panel.server.loadDecoder()
    }
    this.busy = false
  }

  // The pointer is down: the server is not asked until it is up again.
  hold() {
    this.held = true
    this.wake()
  }

  release() {
    this.held = false
    this.restart()
    this.tell()
  }

  /**
   * Marks a place in all panels.
   * @param {Panel} panel
   * @param {Place | null} at in shares of its square; null is where the marker is
   */
  point(panel, at) {
    if (!panel.data.square) return
    this.active = panel
    if (at) {
      this.state.change()
      const [x, y] = placeAt(panel.square, at).map((value) => Number(value.toPrecision(DIGITS)))
      this.place = [x, y] // as a link says it
      this.tell()
    }
    this.answer = null
    this.problem = ""
    this.request?.abort()
    this.restart()
    this.redraw()
  }

  restart() {
    if (this.held) this.rest.end()
    else this.rest.begin()
  }

  // The active panel first, which so decodes in every frame; then those that came too late in the
  // last one. What a frame has no time for is shown in the next.
  show() {
    const start = performance.now()
    const active = this.active ? [this.active] : []
    const order = new Set([...active, ...this.late, ...this.panels])
    this.late = [...order].filter((panel) => panel.show(performance.now() - start > BUDGET))
    if (this.late.length) this.redraw()
    for (const panel of this.panels) {
      panel.root.classList.toggle("active", panel === this.active)
    }
    this.say()
  }

  async decode() {
    this.request = new AbortController()
    const { signal } = this.request
    try {
      const answer = await recordsAt(this.place, this.settings, signal)
      if (signal.aborted) return
      this.answer = answer
      this.problem = ""
    } catch (error) {
      if (signal.aborted) return
      this.problem = `The server does not read this place: ${messageOf(error)}`
    }
    this.redraw()
  }

  say() {
    if (!this.active) return
    const [x, y] = this.place.map((value) => number(value))
    const { data, reading } = this.active
    const age = this.replayed ? `, as after epoch ${this.slider.max}` : ""
    this.where.textContent = this.problem || `z = (${x}, ${y}) · ${data.title}: ${reading}${age}`
    this.where.classList.toggle("problem", Boolean(this.problem))
    this.where.setAttribute("aria-busy", String(!this.answer)) // read out where the marker rests
  }

  // Tell the server where marker and epoch are, once they rest.
  tell() {
    if (this.held) this.telling.end()
    else this.telling.begin()
  }

  tellNow() {
    const { place, active, epoch, panels } = this
    const first = active === panels.find((panel) => panel.data.square)
    const panel = active && !first ? active.data.name : ""
    this.state.tell({ place, panel, epoch }, (message) =>
      this.component.setStateValue("pointed", message),
    )
  }

  /** @param {number} epoch */
  replayTo(epoch) {
    this.epoch = epoch
    this.slider.value = String(epoch)
    this.count.textContent = `${epoch} of ${this.slider.max}`
    this.say()
    for (const panel of this.panels) {
      panel.showAge()
      panel.load()
    }
    this.drawEpoch()
  }

  /** Whether an epoch before the last is shown. */
  get replayed() {
    return !this.replay.hidden && this.epoch < Number(this.slider.max)
  }

  // The planes as they are: that which is enlarged, or all; at the epoch and place that are chosen.
  takePicture() {
    const { classes, colors, enlarged, tiles } = this.settings
    const [x, y] = this.place.map((value) => number(value))
    const epoch = tiles || this.replay.hidden ? "" : `, epoch ${this.count.textContent}`
    const sound = this.panels.filter(
      ({ data, server }) => data.square && (tiles ? server.lattice : server.codes),
    )
    const one = sound.filter(({ data }) => data.name === enlarged)
    return {
      cells: (one.length ? one : sound).map((panel) => panel.snapshot()),
      columns: one.length ? 1 : 3,
      legend: tiles ? [] : classes.map((name, label) => ({ name, color: colors[label] })),
      told: `marked z = (${x}, ${y}), and how each run reads it${epoch}`,
    }
  }

  stop() {
    unregisterPicture("plane", this.picture)
    this.ended = true
    this.sizes.disconnect()
    this.sight.disconnect()
    this.request?.abort()
    this.rest.end()
    this.telling.end()
  }
}
