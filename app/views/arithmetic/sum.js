// One run's equation: its terms' images, the result's, and where the result lies.

import { element, messageOf, number } from "../../web/dom/elements.js"
import { drawImage, fitImages, imageCanvas } from "../../web/dom/images.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { shareOfBound } from "../../web/engine/bound.js"
import { analogy, nearest } from "../../web/engine/codes.js"
import { imageAt } from "../../web/engine/image.js"
import { clipNorm, norm } from "../../web/engine/latent.js"
import { classify, load, loadArray, loaded } from "../../web/engine/weights.js"

/** @import { Payload, Run } from "./widget.payload.js" */

const TERMS = ["a", "b", "c"]

/** @param {HTMLCanvasElement} canvas @param {HTMLElement} caption */
function picture(canvas, caption) {
  return element("figure", "", [canvas, caption])
}

export class Sum {
  /** @type {Run} */
  run
  /** @type {Payload} */
  data
  key = "" // what the terms are
  /** @type {AbortController} */
  turn = new AbortController() // of what is under way for these terms
  /** @type {{ codes: Float32Array, labels: Uint8Array, images: Uint8Array } | null} */
  real = null // the test images
  /** @type {{ amount: number, shares: number[] } | null} */
  guessed = null
  /** @type {{ amount: number, request: AbortController } | null} */
  question = null // that the classifier was asked last

  /** @param {() => void} draw */
  constructor(draw) {
    this.draw = draw
    this.terms = TERMS.map(() => imageCanvas())
    this.live = imageCanvas()
    this.formula = element("figcaption", "quiet")
    this.guess = element("p", "", [], { "data-help": "guess" })
    this.size = element("p", "", [], { "data-help": "norm" })
    this.near = element("p", "", [], { "data-help": "near" })
    this.neighbour = imageCanvas()
    this.problem = element("p", "problem", [], { role: "alert" })
    this.head = element("div")
    const [a, b, c] = this.terms.map((canvas, at) =>
      picture(canvas, element("figcaption", "quiet", [TERMS[at]])),
    )
    const sign = (/** @type {string} */ text) => element("span", "sign", [text])
    const result = element("div", "result", [sign("="), picture(this.live, this.formula)])
    const words = element("div", "words", [this.guess, this.size, this.near, this.problem])
    const closest = picture(this.neighbour, element("figcaption", "quiet", ["nearest"]))
    closest.className = "neighbour"
    this.root = element("section", "sum", [
      this.head,
      element("div", "equation", [
        element("div", "terms", [a, sign("−"), b, sign("+"), c]),
        result,
        closest,
        words,
      ]),
    ])
  }

  /** @param {Run} run @param {Payload} data */
  update(run, data) {
    this.run = run
    this.data = data
    const key = JSON.stringify([run, data.clip, data.images, data.names])
    if (key !== this.key) {
      this.key = key
      this.begin()
    }
  }

  // Other terms: drop what is under way for the last ones.
  begin() {
    const { run, data } = this
    this.turn.abort()
    this.turn = new AbortController()
    this.guessed = null
    this.question = null
    this.real = null
    this.problem.textContent = ""
    this.head.replaceChildren(runHeading(run))
    this.live.dataset.testid = `live-${run.name}`
    for (const canvas of [...this.terms, this.live]) fitImages(canvas, run.image)
    fitImages(this.neighbour, data.images.image)
    this.terms.forEach((canvas, at) =>
      canvas.setAttribute("aria-label", `${TERMS[at]}: ${data.names[at]}, decoded by ${run.label}`),
    )
    const { signal } = this.turn
    this.guard(this.load(signal), signal)
  }

  /** @param {Promise<void>} promise @param {AbortSignal} signal */
  guard(promise, signal) {
    promise.catch((error) => this.fail(error, signal))
  }

  /** @param {unknown} error @param {AbortSignal} signal */
  fail(error, signal) {
    if (signal.aborted) return
    this.question = null
    this.problem.textContent = `${this.run.label} cannot be shown: ${messageOf(error)}`
  }

  /** @param {AbortSignal} signal */
  async load(signal) {
    const { run, data } = this
    const decoder = await load(run, "decoder")
    if (signal.aborted) return
    this.terms.forEach((canvas, at) =>
      decoder.show(
        run.terms[at],
        (image) => {
          if (!signal.aborted) drawImage(canvas, image, run.image)
        },
        canvas,
        (error) => this.fail(error, signal),
      ),
    )
    this.draw()
    const [codes, labels, images] = await Promise.all([
      loadArray(run, "codes.bin"),
      loadArray(data.images, "labels.bin", Uint8Array),
      loadArray(data.images, "images.bin", Uint8Array),
    ])
    if (signal.aborted) return
    this.real = { codes, labels, images }
    this.draw()
  }

  /** The result's code, and its norm before it is clipped, if it is. @param {number} amount */
  result(amount) {
    const code = analogy(this.run.terms, amount)
    const size = norm(code)
    return { code: this.data.clip ? clipNorm(code, this.run.bound) : code, size }
  }

  /** @param {number} amount @param {string} formula */
  show(amount, formula) {
    const { run, real } = this
    const { code, size } = this.result(amount)
    const { signal } = this.turn
    loaded(run, "decoder")?.show(
      code,
      (image) => {
        if (signal.aborted) return
        drawImage(this.live, image, run.image)
        this.live.dataset.code = JSON.stringify(code)
      },
      this.live,
      (error) => this.fail(error, signal),
    )
    this.live.setAttribute("aria-label", `${formula}, decoded by ${run.label}`)
    this.formula.textContent = formula
    this.showSize(size)
    this.showGuess(amount)
    if (real) this.showNearest(real, nearest(real.codes, code))
  }

  /** @param {number} size */
  showSize(size) {
    const { bound } = this.run
    const beyond = bound !== null && shareOfBound(size, bound) > 1
    const { clip } = this.data
    const told = bound === null ? ", means not clipped" : `, bound ${number(bound)}`
    this.size.textContent =
      `‖z‖ ${number(size)}${told}`
      + (beyond ? (clip ? ": clipped back to it" : ": beyond it, where no image is encoded") : "")
    this.size.classList.toggle("off", beyond && !clip)
  }

  /** @param {number} amount */
  showGuess(amount) {
    const { data } = this
    const shares = this.guessed?.amount === amount ? this.guessed.shares : null
    const label = shares ? shares.indexOf(Math.max(...shares)) : -1
    this.guess.replaceChildren(
      "Classifier: ",
      element("strong", "", [
        shares ? `${data.classes[label]}, ${number(100 * shares[label], 0)} %` : "…",
      ]),
    )
  }

  /**
   * @param {NonNullable<Sum["real"]>} real
   * @param {{ index: number, distance: number }} found
   */
  showNearest(real, { index, distance }) {
    const { data, run } = this
    const off = distance > run.spacing
    const name = data.classes[real.labels[index]]
    this.near.textContent =
      `Nearest: test image ${index}, ${name}, at ${number(distance)}`
      + (off ? `: off the data (99 %: ${number(run.spacing)})` : "")
    this.near.classList.toggle("off", off)
    const size = data.images.image
    drawImage(this.neighbour, imageAt(real.images, index, size), size)
    this.neighbour.setAttribute("aria-label", `Test image ${index}, ${name}`)
  }

  /** Asks the run's classifier what it takes the result for. @param {number} amount */
  classify(amount) {
    if (this.question?.amount === amount) return
    this.question?.request.abort()
    const request = new AbortController()
    this.question = { amount, request }
    this.turn.signal.addEventListener("abort", () => request.abort(), { signal: request.signal })
    const asked = classify(this.run, this.result(amount).code, request.signal)
    this.guard(
      asked.then((probabilities) => {
        if (request.signal.aborted) return
        this.guessed = { amount, shares: [...probabilities] }
        this.draw()
      }),
      request.signal,
    )
  }

  stop() {
    this.turn.abort()
    this.root.remove()
  }
}
