// One run on Traverse: its live image with numbers, and the strip of the active dimension.

import { element, messageOf, number } from "../../web/dom/elements.js"
import { drawImage, drawTiles, fitImages, imageCanvas } from "../../web/dom/images.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { shareOfBound } from "../../web/engine/bound.js"
import { codeAt } from "../../web/engine/codes.js"
import { norm } from "../../web/engine/latent.js"
import { work } from "../../web/engine/pool.js"
import { classify, loaded } from "../../web/engine/weights.js"

/** @import { Run } from "./widget.payload.js" */
/** @import { View } from "./widget.js" */

export class RunPart {
  columns = 0
  rows = 0
  axis = -1 // the dimension of the strip
  due = "" // what the strip is to show
  /** @type {string | null} */
  wanted = null // what of it is being decoded, or is there
  /** @type {Uint8ClampedArray | null} */
  drawn = null // the images of the strip
  /** @type {string | undefined} */
  guessed // the code that the guess is of
  /** @type {{ code: string, request: AbortController } | null} */
  asked = null // the code of which the server is being asked
  /** @type {Float32Array} */
  code
  /** @type {import("../../web/engine/remote.js").Image | undefined} */
  image // until the next is decoded

  /** @param {View} view @param {Run} run */
  constructor(view, run) {
    this.view = view
    this.run = run
    this.canvas = imageCanvas()
    this.value = element("p", "value")
    this.norm = element("p", "value", [], { "data-help": "norm" })
    this.level = element("i")
    this.meter = element("div", "meter", [this.level])
    this.guess = element("p", "guess", ["…"], { "data-help": "guess" })
    this.card = element("section", "card")
    this.row = element("p", "quiet")
    this.steps = element("canvas", "pixels", [], { role: "img" })
    this.mark = element("div", "mark")
    this.track = element("div", "track", [this.steps, this.mark], { "data-help": "strip" })
    this.strip = element("section", "strip", [this.row, this.track])
    const scrub = (/** @type {PointerEvent} */ event) => {
      const box = this.track.getBoundingClientRect()
      const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns)
      const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows)
      this.stepTo(
        Math.min(this.columns - 1, Math.max(0, column))
          + this.columns * Math.min(this.rows - 1, Math.max(0, row)),
      )
    }
    this.track.onpointerdown = (event) => {
      this.track.setPointerCapture(event.pointerId)
      scrub(event)
    }
    this.track.onpointermove = (event) => {
      if (this.track.hasPointerCapture(event.pointerId)) scrub(event)
    }
  }

  /** @param {Run} run */
  update(run) {
    const changed = this.run.version !== run.version || this.run.source !== run.source
    this.run = run
    if (changed) {
      this.drawn = this.wanted = null
      this.image = undefined
      this.guessed = undefined
      this.stop()
    }
    this.canvas.dataset.testid = `live-${run.name}`
    fitImages(this.canvas, run.image)
    this.track.dataset.testid = `strip-${run.name}`
    this.card.replaceChildren(
      runHeading(run),
      this.canvas,
      element("div", "facts", [this.value, this.norm, this.meter, this.guess]),
    )
    this.meter.hidden = run.bound === null
    this.layOut()
  }

  layOut() {
    const { steps } = this.view.data
    const width = this.view.root.clientWidth
    const columns = width >= 800 ? steps : width >= 480 ? steps / 2 : steps / 4
    if (columns === this.columns) return
    this.columns = columns
    this.rows = Math.ceil(steps / columns)
    fitImages(this.steps, this.run.image, columns, this.rows)
    this.mark.style.width = `${100 / columns}%`
    this.mark.style.height = `${100 / this.rows}%`
    this.drawSteps()
  }

  /** @param {number[]} positions of the sliders @param {number} active the one moved last */
  show(positions, active) {
    const { run } = this
    this.code = codeAt(run, positions)
    this.canvas.dataset.code = JSON.stringify(Array.from(this.code))
    if (this.asked?.code !== this.canvas.dataset.code) this.stop()
    this.doubt()
    let late = false // as the server's images are
    loaded(run, "decoder")?.show(
      this.code,
      (image) => {
        this.image = image
        drawImage(this.canvas, image, run.image)
        if (late) this.view.pads.show()
      },
      this,
      (error) => this.fail(error),
    )
    late = true
    const size = norm(this.code)
    const bound = run.bound === null ? "no bound" : `bound ${number(run.bound)}`
    this.norm.textContent = `‖z‖ ${number(size)}, ${bound}`
    if (run.bound !== null) {
      const share = shareOfBound(size, run.bound)
      this.level.style.transform = `scaleX(${Math.min(1, share)})`
      this.meter.classList.toggle("beyond", share > 1)
    }
    this.showStrip(active)
  }

  /** @param {number} active */
  showStrip(active) {
    const { run, code } = this
    const axis = run.order[active]
    this.strip.hidden = axis === undefined
    if (this.strip.hidden) {
      this.value.textContent = `${this.view.data.names[active]}: not in this run`
      return
    }
    const { steps } = this.view.data
    const [low, high] = [run.low[axis], run.high[axis]]
    const share = high > low ? (code[axis] - low) / (high - low) : 0
    const step = Math.min(steps - 1, Math.max(0, Math.round(share * (steps - 1))))
    const column = step % this.columns
    const row = Math.floor(step / this.columns)
    this.mark.style.transform = `translate(${100 * column}%, ${100 * row}%)`
    this.mark.dataset.step = String(step)
    const dead = run.active[axis] ? "" : " (dead)"
    this.value.textContent = `z${axis} ${number(code[axis])}${dead}`
    this.row.textContent = `${run.label}: z${axis}${dead} from ${number(low)} to ${number(high)}`
    this.strip.classList.toggle("dead", !run.active[axis])
    const rest = code.map((value, at) => (at === axis ? 0 : value))
    const taken = this.axis !== axis
    this.axis = axis
    this.due = `${run.version} ${axis} ${low} ${high} ${rest.join()}`
    this.track.classList.toggle("stale", this.due !== this.wanted)
    if (taken) this.decodeSteps()
  }

  async decodeSteps() {
    const { run, code, axis, due } = this
    if (this.strip.hidden || due === this.wanted) return
    this.wanted = due
    this.track.classList.remove("stale")
    const { steps } = this.view.data
    const [low, high] = [run.low[axis], run.high[axis]]
    const codes = new Float32Array(steps * code.length)
    for (let step = 0; step < steps; step += 1) {
      codes.set(code, step * code.length)
      codes[step * code.length + axis] = low + ((high - low) * step) / (steps - 1)
    }
    try {
      const result = await work("decode", { run, codes }, `strip/${run.name}`)
      if (!result || this.wanted !== due) return
      this.drawn = result.images
      this.steps.setAttribute("aria-label", `${run.label}: z${axis} in ${steps} steps`)
      this.drawSteps()
      this.track.dataset.ready = due
    } catch (error) {
      this.wanted = null // to be tried again
      this.fail(error)
    }
  }

  drawSteps() {
    if (!this.drawn) return
    drawTiles(this.steps, this.drawn, this.run.image, this.view.data.steps, this.columns)
  }

  /** Moves the active slider so that this run's code stands at a step. @param {number} step */
  stepTo(step) {
    const { view, run } = this
    const axis = run.order[view.active]
    const [base, low, high] = [run.base[axis], run.low[axis], run.high[axis]]
    const value = low + ((high - low) * step) / (view.data.steps - 1)
    const span = value > base ? high - base : base - low
    const position = span > 0 ? Math.min(1, Math.max(-1, (value - base) / span)) : 0
    view.sweep(false)
    view.moveTo(view.positions.with(view.active, position))
  }

  // What was guessed of another code than the present one is not to be trusted.
  doubt() {
    this.guess.classList.toggle("stale", this.guessed !== this.canvas.dataset.code)
  }

  // Once a code: what Python says of the place that it was told of is no other place.
  async ask() {
    const { run } = this
    const code = this.canvas.dataset.code ?? ""
    if (code === this.guessed || code === this.asked?.code) return
    const request = new AbortController()
    const asked = { code, request }
    this.asked = asked
    try {
      const shares = await classify(run, this.code, request.signal)
      this.guessed = code
      const best = shares.indexOf(Math.max(...shares))
      const guess = `${this.view.data.classes[best]} (${Math.round(100 * shares[best])} %)`
      this.guess.textContent = guess
      this.guess.classList.remove("problem")
      this.canvas.setAttribute("aria-label", `Decoded by ${run.label}, taken for ${guess}`)
      this.doubt()
    } catch (error) {
      if (!request.signal.aborted) this.fail(error)
    } finally {
      if (this.asked === asked) this.asked = null
    }
  }

  // What the server is asked is of no use any more.
  stop() {
    this.asked?.request.abort()
    this.asked = null
  }

  /** @param {unknown} error */
  fail(error) {
    this.guess.textContent = `${this.run.label}: ${messageOf(error)}`
    this.guess.classList.remove("stale")
    this.guess.classList.add("problem")
  }
}
