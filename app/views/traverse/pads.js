// Two of Traverse's sliders as the axes of a plane, a pad for each run, on the images decoded there.

import { drawImage, element, imageCanvas, number, runHeading } from "../../web/dom/elements.js"
import { PIXELS, SIDE } from "../../web/engine/networks.js"
import { work } from "../../web/engine/pool.js"
import { codeAt } from "./run.js"

const NODES = 11 // a side
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }

export class Pads {
  constructor(view) {
    this.view = view
    this.selects = ["across", "up"].map((name, at) => {
      const select = element("select", "", [], {
        "aria-label": `Dimension ${name}`,
        "data-help": "axis",
      })
      select.onchange = () => {
        view.axes = view.axes.with(at, Number(select.value))
        view.draw()
        view.settle()
      }
      return select
    })
    this.grid = element("div", "pads")
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
        const pad = old.get(run.name) ?? new Pad(this.view)
        pad.update(run)
        return [run.name, pad]
      }),
    )
    const roots = [...this.pads.values()].map(({ root }) => root)
    if (
      roots.some((root, at) => this.grid.children[at] !== root)
      || roots.length !== this.grid.children.length
    )
      this.grid.replaceChildren(...roots)
  }

  show() {
    this.selects.forEach((select, at) => {
      select.value = String(this.view.axes[at])
    })
    if (!this.seen || this.root.hidden) return
    for (const [name, pad] of this.pads) pad.show(this.view.parts.get(name))
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
  constructor(view) {
    this.view = view
    this.lattice = element("canvas", "pixels")
    this.lattice.width = SIDE * NODES
    this.lattice.height = SIDE * NODES
    this.mark = element("div", "mark")
    this.plot = element("div", "plot", [this.lattice, this.mark], {
      tabindex: "0",
      role: "application",
    })
    this.image = imageCanvas()
    this.where = element("p", "quiet")
    this.root = element("section", "pad")
    const point = (event) => {
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
      this.moveTo(view.axes.map((axis, at) => view.positions[axis] + share * step[at]))
    }
  }

  update(run) {
    this.run = run
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

  moveTo(place) {
    const { view } = this
    const positions = [...view.positions]
    view.axes.forEach((axis, at) => {
      positions[axis] = Math.round(100 * Math.min(1, Math.max(-1, place[at]))) / 100
    })
    view.sweep(false)
    view.moveTo(positions)
  }

  show(part) {
    const { run, view } = this
    const [across, up] = view.axes
    const outside = [across, up].some((axis) => axis >= run.order.length)
    this.root.hidden = outside
    if (outside) return
    if (part.image) drawImage(this.image, part.image)
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
    const codes = []
    for (let row = 0; row < NODES; row += 1) {
      for (let column = 0; column < NODES; column += 1) {
        const positions = [...view.positions]
        positions[across] = -1 + (2 * column + 1) / NODES
        positions[up] = 1 - (2 * row + 1) / NODES
        codes.push(...codeAt(run, positions))
      }
    }
    try {
      const task = { run, codes: Float32Array.from(codes) }
      const result = await work("decode", task, `pad/${run.name}`)
      if (!result || this.wanted !== due) return
      for (let node = 0; node < NODES * NODES; node += 1) {
        drawImage(
          this.lattice,
          result.images.subarray(node * PIXELS, (node + 1) * PIXELS),
          SIDE * (node % NODES),
          SIDE * Math.floor(node / NODES),
        )
      }
      this.plot.classList.remove("stale")
      this.plot.dataset.ready = "true"
    } catch (error) {
      this.where.textContent = error.message
    }
  }
}
