// Two of Traverse's sliders as the axes of a plane, a pad for each run, on the images decoded there.

import { element, messageOf, number, replaceChildren } from "../../web/dom/elements.js"
import { drawImage, drawTiles, fitImages, imageCanvas } from "../../web/dom/images.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { codeAt } from "../../web/engine/codes.js"
import { work } from "../../web/engine/pool.js"

/** @import { Run } from "./widget.payload.js" */
/** @import { RunPart } from "./run.js" */
/** @import { View } from "./widget.js" */

/** @type {Record<string, [across: number, up: number]>} */
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }

export class Pads {
  /** @param {View} view */
  constructor(view) {
    this.view = view
    this.seen = false
    this.selects = ["across", "up"].map((name) => {
      const select = element("select", "", [], {
        "aria-label": `Dimension ${name}`,
        "data-help": "axis",
      })
      select.onchange = () => {
        view.state.change()
        const [across, up] = this.selects.map(({ value }) => Number(value))
        view.axes = [across, up]
        view.draw()
        view.settle()
      }
      return select
    })
    this.grid = element("div", "pads")
    /** @type {Map<string, Pad>} */
    this.pads = new Map()
    const [across, up] = this.selects
    const head = element("div", "head", [
      element("h2", "", ["Two dimensions at once"]),
      element("label", "", ["across ", across]),
      element("label", "", ["up ", up]),
    ])
    this.root = element("div", "plane", [head, this.grid])
    this.sight = new IntersectionObserver(
      ([entry]) => {
        this.seen = entry.isIntersecting
        if (!this.seen || !view.data) return
        view.draw()
        view.settle()
      },
      { rootMargin: "100px" },
    )
    this.sight.observe(this.root)
  }

  update() {
    const { names, runs } = this.view.data
    this.root.hidden = names.length < 2
    for (const select of this.selects) {
      select.replaceChildren(...names.map((name, at) => new Option(name, String(at))))
    }
    const old = this.pads
    this.pads = new Map(
      runs.map((run) => {
        const pad = old.get(run.name) ?? new Pad(this.view, run)
        pad.update(run)
        return [run.name, pad]
      }),
    )
    replaceChildren(
      this.grid,
      [...this.pads.values()].map(({ root }) => root),
    )
  }

  show() {
    this.selects.forEach((select, at) => {
      select.value = String(this.view.axes[at])
    })
    if (!this.seen || this.root.hidden) return
    for (const [name, pad] of this.pads) {
      const part = this.view.parts.get(name)
      if (part) pad.show(part)
    }
  }

  decode() {
    if (!this.seen || this.root.hidden) return
    for (const pad of this.pads.values()) pad.decode()
  }

  stop() {
    this.sight.disconnect()
  }
}

class Pad {
  due = "" // what the lattice is to show
  wanted = "" // what is being decoded, or is there

  /** @param {View} view @param {Run} run */
  constructor(view, run) {
    this.view = view
    this.run = run
    this.lattice = element("canvas", "pixels")
    this.mark = element("div", "mark")
    this.plot = element("div", "plot", [this.lattice, this.mark], {
      tabindex: "0",
      role: "application",
    })
    this.image = imageCanvas()
    this.where = element("p", "quiet")
    this.root = element("section", "pad")
    const point = (/** @type {PointerEvent} */ event) => {
      const box = this.plot.getBoundingClientRect()
      this.moveTo([
        ((event.clientX - box.left) / box.width) * 2 - 1,
        1 - ((event.clientY - box.top) / box.height) * 2,
      ])
    }
    this.plot.onpointerdown = (event) => {
      this.plot.setPointerCapture(event.pointerId)
      point(event)
    }
    this.plot.onpointermove = (event) => {
      if (this.plot.hasPointerCapture(event.pointerId)) point(event)
    }
    this.plot.ondblclick = () => this.moveTo([0, 0])
    this.plot.onkeydown = (event) => {
      const step = KEYS[event.key]
      if (!step) return
      event.preventDefault()
      const share = event.shiftKey ? 0.1 : 0.02
      const [x, y] = view.axes.map((axis, at) => view.positions[axis] + share * step[at])
      this.moveTo([x, y])
    }
  }

  /** @param {Run} run */
  update(run) {
    this.run = run
    fitImages(this.lattice, run.image, this.view.data.nodes, this.view.data.nodes)
    fitImages(this.image, run.image)
    this.plot.dataset.testid = `pad-${run.name}`
    this.plot.setAttribute(
      "aria-label",
      `Plane of two dimensions of ${run.label}: arrow keys move, double-click resets`,
    )
    this.image.setAttribute("aria-label", `What ${run.label} decodes at this place of the plane`)
    const head = element("div", "padhead", [
      this.image,
      element("div", "", [runHeading(run), this.where]),
    ])
    this.root.replaceChildren(head, this.plot)
  }

  /** @param {[across: number, up: number]} place in [-1, 1] */
  moveTo(place) {
    const { view } = this
    const positions = [...view.positions]
    view.axes.forEach((axis, at) => {
      positions[axis] = Math.round(100 * Math.min(1, Math.max(-1, place[at]))) / 100
    })
    view.sweep(false)
    view.moveTo(positions)
  }

  /** @param {RunPart} part of the same run */
  show(part) {
    const { run, view } = this
    const [across, up] = view.axes
    const outside = [across, up].some((axis) => axis >= run.order.length)
    this.root.hidden = outside
    if (outside) return
    if (part.image) drawImage(this.image, part.image, run.image)
    this.mark.style.left = `${50 * (1 + view.positions[across])}%`
    this.mark.style.top = `${50 * (1 - view.positions[up])}%`
    this.where.textContent = [across, up]
      .map((at) => `z${run.order[at]} ${number(part.code[run.order[at]])}`)
      .join(", ")
    const rest = view.positions.map((value, at) => (at === across || at === up ? 0 : value))
    const { version, base, low, high, order } = run
    this.due = JSON.stringify([version, base, low, high, order, across, up, rest])
    this.plot.classList.toggle("stale", this.due !== this.wanted)
  }

  async decode() {
    const { run, view, due } = this
    if (this.root.hidden || due === this.wanted) return
    this.wanted = due
    const [across, up] = view.axes
    const { nodes } = view.data
    /** @type {number[]} */
    const codes = []
    for (let row = 0; row < nodes; row += 1) {
      for (let column = 0; column < nodes; column += 1) {
        const positions = [...view.positions]
        positions[across] = -1 + (2 * column + 1) / nodes
        positions[up] = 1 - (2 * row + 1) / nodes
        codes.push(...codeAt(run, positions))
      }
    }
    try {
      const task = { run, codes: Float32Array.from(codes) }
      const result = await work("decode", task, `pad/${run.name}`)
      if (!result || this.wanted !== due) return
      drawTiles(this.lattice, result.images, run.image, nodes * nodes, nodes)
      this.plot.classList.remove("stale")
      this.plot.dataset.ready = "true"
    } catch (error) {
      this.where.textContent = messageOf(error)
    }
  }
}
