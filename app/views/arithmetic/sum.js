// One run's equation: its terms' images, the result's, and where the result lies.

import { drawImage, element, imageCanvas, number, runHeading } from "../../web/dom/elements.js"
import { analogy, nearest } from "../../web/engine/codes.js"
import { clipNorm, norm, PIXELS } from "../../web/engine/networks.js"
import { classify, load, loadArray, loaded } from "../../web/engine/weights.js"

const TERMS = ["a", "b", "c"]

function picture(canvas, caption) {
  return element("figure", "", [canvas, caption])
}

export class Sum {
  constructor(draw) {
    Object.assign(this, { draw, key: null, turn: null, real: null, guessed: null, question: null })
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
    const sign = (text) => element("span", "sign", [text])
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

  update(run, data) {
    Object.assign(this, { run, data })
    const key = JSON.stringify([run, data.clip, data.images, data.names])
    if (key !== this.key) {
      this.key = key
      this.begin()
    }
  }

  // Other terms: drop what is under way for the last ones.
  begin() {
    const { run, data } = this
    this.turn?.abort()
    this.turn = new AbortController()
    this.guessed = this.question = this.real = null
    this.problem.textContent = ""
    this.head.replaceChildren(runHeading(run))
    this.live.dataset.testid = `live-${run.name}`
    this.terms.forEach((canvas, at) =>
      canvas.setAttribute("aria-label", `${TERMS[at]}: ${data.names[at]}, decoded by ${run.label}`),
    )
    const { signal } = this.turn
    this.guard(this.load(signal), signal)
  }

  guard(promise, signal) {
    promise.catch((error) => {
      if (signal.aborted) return
      this.question = null
      this.problem.textContent = `${this.run.label} cannot be shown: ${error.message}`
    })
  }

  async load(signal) {
    const { run, data } = this
    const decoder = await load(run, "decoder")
    if (signal.aborted) return
    this.terms.forEach((canvas, at) => drawImage(canvas, decoder.decode(run.terms[at])))
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

  // The result's code, and its norm before it is clipped, if it is.
  result(amount) {
    const code = analogy(this.run.terms, amount)
    const size = norm(code)
    return { code: this.data.clip ? clipNorm(code, this.run.bound) : code, size }
  }

  show(amount, formula) {
    const { run, real } = this
    const { code, size } = this.result(amount)
    const decoder = loaded(run, "decoder")
    if (decoder) {
      drawImage(this.live, decoder.decode(code))
      this.live.dataset.code = JSON.stringify(code)
    }
    this.live.setAttribute("aria-label", `${formula}, decoded by ${run.label}`)
    this.formula.textContent = formula
    this.showSize(size)
    this.showGuess(amount)
    if (real) this.showNearest(nearest(real.codes, code))
  }

  showSize(size) {
    const { bound } = this.run
    const beyond = bound !== null && size > bound * (1 + 1e-6)
    const { clip } = this.data
    const told = bound === null ? ", means not clipped" : `, bound ${number(bound)}`
    this.size.textContent =
      `‖z‖ ${number(size)}${told}`
      + (beyond ? (clip ? ": clipped back to it" : ": beyond it, where no image is encoded") : "")
    this.size.classList.toggle("off", beyond && !clip)
  }

  showGuess(amount) {
    const { guessed, data } = this
    const fits = guessed?.amount === amount
    const label = fits ? guessed.shares.indexOf(Math.max(...guessed.shares)) : -1
    this.guess.replaceChildren(
      "Classifier: ",
      element("strong", "", [
        fits ? `${data.classes[label]}, ${number(100 * guessed.shares[label], 0)} %` : "…",
      ]),
    )
  }

  showNearest({ index, distance }) {
    const { real, data, run } = this
    const off = distance > run.spacing
    const name = data.classes[real.labels[index]]
    this.near.textContent =
      `Nearest: test image ${index}, ${name}, at ${number(distance)}`
      + (off ? `: off the data (99 %: ${number(run.spacing)})` : "")
    this.near.classList.toggle("off", off)
    drawImage(this.neighbour, real.images.subarray(index * PIXELS, (index + 1) * PIXELS))
    this.neighbour.setAttribute("aria-label", `Test image ${index}, ${name}`)
  }

  // Ask the run's classifier what it takes the result for.
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
    this.turn?.abort()
    this.root.remove()
  }
}
