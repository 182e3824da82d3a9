// Planes whose markers stand at one place: pointed at in one, it is decoded in all. Interpolated
// from lattices of decoded codes until the decoders are here, which the first press fetches; where
// the pointer rests, the server is asked, which has the classifiers.

import { element, number, onFrame } from "../../web/dom/elements.js"
import { offerPicture, withdrawPicture } from "../../web/dom/snapshots.js"
import { ask } from "../../web/engine/weights.js"
import { placeAt } from "./draw.js"
import { Panel } from "./panel.js"

const REST = 150 // milliseconds
const BUDGET = 10 // milliseconds of a frame, after which no decoder is begun
const NEAR = "200px" // of the screen: what a panel there needs is fetched

export class View {
  constructor(root) {
    this.root = root
    this.place = [0, 0]
    this.epoch = Infinity
    this.panels = []
    this.late = []
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) this.panelOf(target).draw()
    })
    this.sight = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          this.see(this.panelOf(target), isIntersecting)
      },
      { rootMargin: NEAR },
    )
    this.redraw = onFrame(() => this.show())
    this.drawEpoch = onFrame(() => this.panels.forEach((panel) => panel.draw()))
    this.legend = element("ul", "legend")
    this.where = element("p", "where", [], { role: "status" })
    this.grid = element("div", "grid")
    this.replay = this.makeReplay()
    this.picture = () => this.takePicture()
    offerPicture("plane", this.picture)
    root.replaceChildren(element("div", "head", [this.legend, this.replay]), this.where, this.grid)
  }

  makeReplay() {
    this.slider = element("input", "", [], { type: "range", min: "1", "data-help": "epoch" })
    this.count = element("span", "count")
    this.slider.oninput = () => this.replayTo(Number(this.slider.value))
    return element("label", "replay", ["Epoch", this.slider, this.count])
  }

  panelOf(part) {
    return this.panels.find(({ root }) => root.contains(part))
  }

  update({ data, setTriggerValue }) {
    const changed = this.settings?.version !== data.version
    Object.assign(this, { settings: data, setTriggerValue })
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
    if (changed) this.epoch = most
    this.slider.value = String(this.epoch)
    this.count.textContent = `${this.epoch} of ${most}`
    this.panels.forEach((panel, at) => panel.update(data.panels[at], data))
    const sound = this.panels.filter((panel) => panel.data.square)
    const enlarged = sound.find((panel) => panel.data.name === data.enlarged)
    const active = enlarged ?? (sound.includes(this.active) ? this.active : sound[0])
    if (active && (changed || active !== this.active)) this.point(active, null)
    this.redraw()
  }

  addPanel() {
    const panel = new Panel(this)
    this.panels.push(panel)
    this.grid.append(panel.root)
    this.sizes.observe(panel.plot)
    this.sight.observe(panel.root)
  }

  see(panel, seen) {
    panel.seen = seen
    panel.load()
    this.loadDecoders()
    this.redraw()
  }

  inTurn(task) {
    this.turn = Promise.resolve(this.turn).then(task)
  }

  enlarge(name) {
    this.setTriggerValue("enlarge", name)
  }

  // Somebody moves the marker on purpose: from now on the panels on the screen decode.
  wake() {
    this.awake = true
    for (const { problems } of this.panels) delete problems.decoder // to be tried again
    this.loadDecoders()
  }

  // One after another, the active panel's first.
  async loadDecoders() {
    if (!this.awake || this.busy) return
    this.busy = true
    const lacks = ({ data, seen, decoder, problems }) =>
      data.square && seen && !decoder && !problems.decoder
    for (let next; !this.ended && (next = [this.active, ...this.panels].find(lacks)); ) {
      await next.loadDecoder()
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
  }

  // Mark a place, given as shares of a panel's square (null: where the marker is), in all panels.
  point(panel, at) {
    if (!panel.data.square) return
    this.active = panel
    if (at) this.place = placeAt(panel.square, at)
    this.answer = null
    this.problem = ""
    this.request?.abort()
    this.restart()
    this.redraw()
  }

  restart() {
    clearTimeout(this.rest)
    if (!this.held) this.rest = setTimeout(() => this.decode(), REST)
  }

  // The active panel first, which so decodes in every frame; then those that came too late in the
  // last one. What a frame has no time for is shown in the next.
  show() {
    const start = performance.now()
    const order = new Set([this.active, ...this.late, ...this.panels])
    this.late = [...order].filter((panel) => panel?.show(performance.now() - start > BUDGET))
    if (this.late.length) this.redraw()
    this.panels.forEach((panel) => panel.root.classList.toggle("active", panel === this.active))
    this.say()
  }

  async decode() {
    this.request = new AbortController()
    const { signal } = this.request
    const [x, y] = this.place
    const { source, panels, version } = this.settings
    try {
      const path = `${source}/decode.bin?x=${x}&y=${y}&v=${version}`
      const records = new Uint8Array(await ask(path, signal))
      if (signal.aborted) return
      const length = records.length / panels.length
      this.answer = new Map(
        panels.map(({ name }, at) => [name, records.subarray(at * length, (at + 1) * length)]),
      )
      this.problem = ""
    } catch (error) {
      if (signal.aborted) return
      this.problem = `The server does not read this place: ${error.message}`
    }
    this.redraw()
  }

  say() {
    if (!this.active) return
    const [x, y] = this.place.map((value) => number(value))
    const { data, reading } = this.active
    this.where.textContent = this.problem || `z = (${x}, ${y}) · ${data.title}: ${reading ?? "…"}`
    this.where.classList.toggle("problem", Boolean(this.problem))
    this.where.setAttribute("aria-busy", String(!this.answer)) // read out where the marker rests
  }

  async replayTo(epoch) {
    this.epoch = epoch
    this.count.textContent = `${epoch} of ${this.slider.max}`
    await Promise.all(this.panels.map((panel) => panel.loadReplay()))
    this.drawEpoch()
  }

  // The planes as they are: that which is enlarged, or all; at the epoch and place that are chosen.
  takePicture() {
    const { classes, colors, enlarged, tiles } = this.settings
    const [x, y] = this.place.map((value) => number(value))
    const epoch = tiles || this.replay.hidden ? "" : `, epoch ${this.count.textContent}`
    const sound = this.panels.filter(
      ({ data, codes, lattice }) => data.square && (tiles ? lattice : codes),
    )
    const one = sound.filter(({ data }) => data.name === enlarged)
    return {
      panels: (one.length ? one : sound).map((panel) => panel.snapshot()),
      columns: one.length ? 1 : 3,
      legend: tiles ? [] : classes.map((name, label) => ({ name, color: colors[label] })),
      told: `marked z = (${x}, ${y}), and how each run reads it${epoch}`,
    }
  }

  stop() {
    withdrawPicture("plane", this.picture)
    this.ended = true
    this.sizes.disconnect()
    this.sight.disconnect()
    this.request?.abort()
    clearTimeout(this.rest)
  }
}
