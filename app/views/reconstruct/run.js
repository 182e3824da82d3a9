// One run beside the pad: what it makes of the picture, its code, and its classifier's guess.

import { clear, element, messageOf, number } from "../../web/dom/elements.js"
import { drawImage, fitImages, imageCanvas } from "../../web/dom/images.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { norm } from "../../web/engine/latent.js"
import { work } from "../../web/engine/pool.js"
import { classify } from "../../web/engine/weights.js"
import { drawBars } from "./bars.js"

/** @import { Run } from "./widget.payload.js" */

/** @param {string} name @param {string} help */
function pair(name, help) {
  const value = element("dd")
  const row = element("div", "", [element("dt", "", [name]), value], { "data-help": help })
  return { value, row }
}

export class RunCard {
  /**
   * @param {Run} run
   * @param {string[]} classes
   * @param {string} group under which the view's tasks wait for their turn
   */
  constructor(run, classes, group) {
    this.run = run
    this.classes = classes
    this.key = `${group}/${run.name}`
    this.turn = 0 // the picture that was asked for last, by number
    this.blank = 0 // until this one, the answers are to pictures that are gone
    /** @type {Promise<Float32Array | null>} */
    this.latest = Promise.resolve(null)
    /** @type {{ mean: Float32Array, std: Float32Array } | null} */
    this.code = null
    this.canvas = imageCanvas(`What ${run.label} makes of the picture`)
    this.canvas.dataset.testid = `live-${run.name}`
    fitImages(this.canvas, run.image)
    this.bars = element("canvas", "bars", [], {
      role: "img",
      "aria-label": `Code in ${run.label}`,
      "data-help": "bars",
    })
    this.guess = element("p", "guess", [], { role: "status", "data-help": "guess" })
    const error = pair("error", "error")
    const size = pair("‖μ‖", "norm")
    const spread = pair("mean σ", "spread")
    this.numbers = { error: error.value, size: size.value, spread: spread.value }
    const facts = element("div", "facts", [
      element("dl", "", [error.row, size.row, spread.row]),
      this.guess,
    ])
    this.problem = element("p", "problem", [], { role: "alert" })
    this.element = element(
      "section",
      "run",
      [runHeading(run), element("div", "body", [this.canvas, facts]), this.bars, this.problem],
      { "aria-label": run.label },
    )
  }

  /**
   * Begins with a picture; what is waiting for its turn is forgotten.
   * @param {Float32Array} image in [0, 1]
   */
  show(image) {
    this.turn += 1
    const { turn } = this
    const { run, key } = this
    this.quiet()
    this.latest = work("reconstruct", { run, image }, key)
      .then((result) => {
        if (!result || turn <= this.blank) return null
        this.problem.textContent = ""
        this.paint(image, result)
        return result.mean
      })
      .catch((error) => {
        this.problem.textContent = error.message
        return null
      })
  }

  /**
   * @param {Float32Array} image
   * @param {{ mean: Float32Array, logVar: Float32Array, image: Float32Array }} result
   */
  paint(image, { mean, logVar, image: reconstruction }) {
    const { run, numbers } = this
    const std = logVar.map((value) => Math.exp(value / 2))
    const error = reconstruction.reduce((sum, value, at) => sum + (value - image[at]) ** 2, 0)
    drawImage(this.canvas, reconstruction, run.image)
    this.canvas.dataset.code = JSON.stringify(Array.from(mean))
    const bound = run.bound === null ? "" : ` of ${number(run.bound)}`
    numbers.error.textContent = number(error, 1)
    numbers.size.textContent = `${number(norm(mean))}${bound}`
    numbers.spread.textContent = number(std.reduce((sum, value) => sum + value) / std.length)
    this.code = { mean, std }
    this.redraw()
  }

  // The bars anew: the code, the window or the page's colours have changed.
  redraw() {
    if (!this.code) return
    const { mean, std } = this.code
    const limit = mean.reduce((most, value) => Math.max(most, Math.abs(value)), this.run.limit)
    drawBars(this.bars, { mean, std, limit, color: this.run.color })
    this.bars.setAttribute(
      "aria-label",
      `Code in ${this.run.label}: `
        + Array.from(mean, (value, at) => `z${at} ${number(value)}`).join(", "),
    )
  }

  // An empty pad: no picture, no numbers.
  clear() {
    this.turn += 1
    this.blank = this.turn
    this.latest = Promise.resolve(null)
    this.code = null
    this.quiet()
    clear(this.canvas)
    clear(this.bars)
    this.bars.setAttribute("aria-label", `Code in ${this.run.label}`)
    delete this.canvas.dataset.code
    for (const cell of Object.values(this.numbers)) cell.textContent = ""
    this.problem.textContent = ""
  }

  quiet() {
    this.guess.replaceChildren()
    this.guess.removeAttribute("data-guess")
  }

  /**
   * Once the picture rests: what the classifier reads from its code, asked of the server.
   * @param {AbortSignal} signal
   */
  async ask(signal) {
    try {
      const mean = await this.latest
      if (!mean || signal.aborted) return
      const shares = await classify(this.run, mean, signal)
      if (!signal.aborted) this.tell(shares)
    } catch (error) {
      if (!signal.aborted) this.problem.textContent = messageOf(error)
    }
  }

  /** @param {Float32Array} shares of the classes */
  tell(shares) {
    const order = Array.from(shares.keys()).sort((a, b) => shares[b] - shares[a])
    const percent = (/** @type {number} */ label) => `(${(100 * shares[label]).toFixed(1)} %)`
    const [best, next] = order
    this.guess.dataset.guess = String(best)
    this.guess.replaceChildren(
      element("span", "", [
        "guess ",
        element("strong", "", [this.classes[best]]),
        ` ${percent(best)}`,
      ]),
      element("span", "quiet", [`then ${this.classes[next]} ${percent(next)}`]),
    )
  }
}
