// Sample: the same noise decoded by every run, live under its σ.
import { element, messageOf, number, replaceChildren } from "../../web/dom/elements.js"
import { drawTiles, fitImages } from "../../web/dom/images.js"
import { Rest } from "../../web/dom/rest.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { LiveState } from "../../web/dom/state.js"
import { drop, work } from "../../web/engine/pool.js"
import { classify } from "../../web/engine/weights.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { Payload, Run } from "./widget.payload.js" */

export { SHAPE } from "./widget.payload.js"

const REST = 300 // milliseconds without a move, after which the server is told and asked
const COMMON = "" // the name of the slider that all runs share

export class View {
  /** @type {Payload} */
  data
  /** @type {Component<Payload>["setStateValue"]} */
  setStateValue
  /** @type {Record<string, number>} by run, or COMMON */
  sigmas = {}
  held = false
  rest = new Rest(REST, () => {
    this.state.tell(this.sigmas, (message) => this.setStateValue("sigmas", message))
    this.request = new AbortController()
    for (const card of this.cards.values()) card.ask(this.request.signal)
  })

  /** @type {AbortController | undefined} */
  request

  /** @param {HTMLElement} root */
  constructor(root) {
    /** @type {LiveState<Record<string, number>>} */
    this.state = new LiveState()
    /** @type {Map<string, Card>} */
    this.cards = new Map()
    this.common = new Sigma("σ of all", (sigma) => this.move(COMMON, sigma))
    this.common.input.setAttribute("aria-label", "σ of all")
    this.grid = element("div", "grid")
    root.replaceChildren(this.common.row, this.grid)
    this.release = () => {
      this.held = false
      this.settle()
    }
    root.addEventListener("pointerdown", () => {
      this.held = true
    })
    window.addEventListener("pointerup", this.release)
    window.addEventListener("pointercancel", this.release)
  }

  /** @param {Component<Payload>} component */
  update({ data, setStateValue }) {
    this.data = data
    this.setStateValue = setStateValue
    if (this.state.take(data.sigmas)) this.sigmas = { ...data.sigmas.value }
    const old = this.cards
    this.cards = new Map(
      data.runs.map((run) => {
        const card = old.get(run.name) ?? new Card((sigma) => this.move(run.name, sigma))
        card.update(run, floats(data.noise[run.latentDim]), data)
        return [run.name, card]
      }),
    )
    replaceChildren(
      this.grid,
      [...this.cards.values()].map(({ root }) => root),
    )
    this.show()
    this.settle()
  }

  /** @param {string} name of a run, or COMMON @param {number} sigma */
  move(name, sigma) {
    this.state.change()
    this.sigmas = { ...this.sigmas, [name]: sigma }
    this.show()
    this.settle()
  }

  show() {
    const { sigmas, data } = this
    this.common.show(sigmas[COMMON], data.mostSigma)
    for (const [name, card] of this.cards) {
      card.sigma.show(sigmas[name], data.mostSigma)
      card.show(sigmas[COMMON] ?? sigmas[name])
    }
  }

  settle() {
    this.rest.end()
    this.request?.abort()
    if (!this.held) this.rest.begin()
  }

  stop() {
    this.rest.end()
    this.request?.abort()
    drop("samples/")
    window.removeEventListener("pointerup", this.release)
    window.removeEventListener("pointercancel", this.release)
  }
}

/** @param {string} text float32 in base 64 */
function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)
}

// A slider of σ, absent where there is none to choose.
class Sigma {
  /** @param {string} label @param {(sigma: number) => void} move */
  constructor(label, move) {
    this.name = element("span", "", [label])
    this.input = element("input", "", [], {
      type: "range",
      min: "0",
      step: "0.1",
      "data-help": "sigma",
    })
    this.input.oninput = () => move(Number(this.input.value))
    this.value = element("span", "value")
    this.row = element("label", "sigma", [this.name, this.input, this.value])
  }

  /** @param {number | undefined} sigma @param {number} most */
  show(sigma, most) {
    this.row.hidden = sigma === undefined
    if (sigma === undefined) return
    this.input.max = String(most)
    if (Number(this.input.value) !== sigma) this.input.value = String(sigma)
    this.value.textContent = number(sigma, 1)
  }
}

class Card {
  /** @type {Run} */
  run
  /** @type {Float32Array} */
  noise
  /** @type {string[]} */
  classes
  count = 0
  columns = 0
  /** @type {Float32Array} */
  codes
  /** @type {number | undefined} */
  sigmaShown
  wanted = "" // what is to be seen
  drawn = "" // what is
  asked = "" // what the guesses are of
  /** @type {[label: number, share: number][]} */
  guesses = []

  /** @param {(sigma: number) => void} move */
  constructor(move) {
    this.sigma = new Sigma("σ", move)
    this.canvas = element("canvas", "pixels", [], { role: "img" })
    this.canvas.onpointermove = (event) => this.point(event)
    this.about = element("p", "quiet")
    this.facts = element("p", "facts quiet", ["…"], { "data-help": "facts" })
    this.root = element("section", "card")
  }

  /**
   * @param {Run} run
   * @param {Float32Array} noise [N, D]
   * @param {Payload} data
   */
  update(run, noise, { count, classes }) {
    this.run = run
    this.noise = noise
    this.count = count
    this.classes = classes
    this.columns = Math.round(Math.sqrt(count))
    fitImages(this.canvas, run.image, this.columns, Math.ceil(count / this.columns))
    this.canvas.dataset.testid = `samples-${run.name}`
    this.sigma.input.setAttribute("aria-label", `σ of ${run.label}`)
    this.sigma.input.dataset.testid = `sigma-${run.name}`
    this.about.textContent = run.about
    this.about.hidden = !run.about
    this.root.replaceChildren(runHeading(run), this.sigma.row, this.about, this.canvas, this.facts)
  }

  /** @param {number | undefined} sigma in place of the run's own */
  show(sigma) {
    const { run, noise, count } = this
    const codes = new Float32Array(count * run.latentDim)
    for (let at = 0; at < codes.length; at += 1) {
      const axis = at % run.latentDim
      codes[at] = run.mean[axis] + noise[at] * (sigma ?? run.std[axis])
    }
    const wanted = `${run.version} ${count} ${codes.join()}`
    if (wanted === this.wanted) return
    this.codes = codes
    this.wanted = wanted
    this.sigmaShown = sigma
    this.facts.classList.add("stale")
    this.decode(wanted)
  }

  /** @param {string} wanted */
  async decode(wanted) {
    const { run, codes, count, columns } = this
    try {
      const result = await work("decode", { run, codes }, `samples/${run.name}`)
      if (!result) return // a newer σ waits
      if (this.drawn === wanted || this.count !== count) return
      this.drawn = wanted
      drawTiles(this.canvas, result.images, run.image, count, columns)
      this.canvas.dataset.ready = String(this.wanted === wanted)
      const at = this.sigmaShown === undefined ? "" : ` at σ = ${number(this.sigmaShown, 1)}`
      this.canvas.setAttribute("aria-label", `${count} samples of ${run.label}${at}`)
    } catch (error) {
      this.fail(error)
    }
  }

  /** @param {AbortSignal} signal */
  async ask(signal) {
    const { run, codes, wanted } = this
    if (this.asked === wanted) return
    try {
      const shares = await classify(run, codes, signal)
      this.asked = wanted
      const known = this.classes.length
      const rows = Array.from({ length: this.count }, (_, at) =>
        Array.from(shares.subarray(known * at, known * (at + 1))),
      )
      this.guesses = rows.map((row) => [row.indexOf(Math.max(...row)), Math.max(...row)])
      const mean = this.guesses.reduce((sum, [, share]) => sum + share, 0) / this.count
      const classes = new Set(this.guesses.map(([best]) => best)).size
      this.facts.textContent = `classifier's mean confidence ${number(mean)}, ${classes} of ${known} classes`
      this.facts.classList.remove("stale", "problem")
    } catch (error) {
      if (!signal.aborted) this.fail(error)
    }
  }

  /** Says what the image under the pointer is taken for. @param {PointerEvent} event */
  point(event) {
    const box = this.canvas.getBoundingClientRect()
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns)
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.columns)
    const guess = this.asked === this.wanted && this.guesses[row * this.columns + column]
    this.canvas.title = guess
      ? `taken for ${this.classes[guess[0]]} (${Math.round(100 * guess[1])} %)`
      : ""
  }

  /** @param {unknown} error */
  fail(error) {
    this.facts.textContent = `${this.run.label}: ${messageOf(error)}`
    this.facts.classList.remove("stale")
    this.facts.classList.add("problem")
  }
}
