// One run's path: a live image, the steps, and what is measured along them.
import { track } from "../../web/dom/busy.js"
import { clear, element, messageOf } from "../../web/dom/elements.js"
import { drawImage, fitImages, imageCanvas } from "../../web/dom/images.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { distances, makePath } from "../../web/engine/codes.js"
import { imageAt } from "../../web/engine/image.js"
import { work } from "../../web/engine/pool.js"
import { classify, load, loadArray, loaded } from "../../web/engine/weights.js"
import { drawDistances, drawShares } from "./tracks.js"
import { reading, sharesInWords, verdict } from "./words.js"

/** @import { Path } from "../../web/engine/codes.js" */
/** @import { Slider } from "../../web/dom/slider.js" */
/** @import { Payload, Run } from "./widget.payload.js" */

const SMALLEST = 20 // pixels of a step's image; where there is less room, not every step is shown

export class Lane {
  /** @type {Run} */
  run
  /** @type {Payload} */
  data
  key = "" // what the path is
  /** @type {AbortController} */
  turn = new AbortController() // of what is under way for this path
  /** @type {AbortController | null} */
  asked = null // the turn in which the classifier was asked
  /** @type {Path} */
  path
  /** @type {number[][]} of the steps */
  codes = []
  /** @type {Float32Array | null} */
  probabilities = null // [N, K]
  /** @type {number[] | null} */
  gaps = null // from each step to the nearest code of a test image
  /** @type {{ codes: Float32Array, labels: Uint8Array } | null} */
  real = null // the test images

  /** @param {Slider} slider @param {() => void} draw */
  constructor(slider, draw) {
    this.slider = slider
    this.draw = draw
    this.live = imageCanvas()
    const seen = (/** @type {string} */ name) => ({
      role: "img",
      "aria-label": "",
      "data-help": name,
    })
    this.strip = element("div", "strip", [], seen("strip"))
    this.shares = element("canvas", "shares", [], seen("shares"))
    this.distances = element("canvas", "distances", [], seen("distances"))
    /** @type {HTMLCanvasElement[]} */
    this.images = [] // of the steps
    this.marker = element("div", "marker")
    this.tracks = element("div", "tracks", [this.strip, this.shares, this.distances, this.marker])
    this.reading = element("p", "reading", [], { "data-help": "reading" })
    this.verdict = element("p", "verdict quiet")
    this.problem = element("p", "problem", [], { role: "alert" })
    this.head = element("div")
    const words = element("div", "words", [this.reading, this.verdict, this.problem])
    this.body = element("div", "body", [this.live, this.tracks, words])
    this.root = element("section", "lane", [this.head, this.body])
    this.listen()
  }

  // The tracks are a slider too, for a pointer; keys have the native one.
  listen() {
    const move = (/** @type {PointerEvent} */ { clientX }) => {
      const { left, width } = this.tracks.getBoundingClientRect()
      const step = ((clientX - left) / width) * this.data.steps - 0.5
      this.slider.moveTo(Math.min(1, Math.max(0, step / (this.data.steps - 1))))
    }
    this.tracks.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return
      this.tracks.setPointerCapture(event.pointerId)
      this.slider.hold()
      move(event)
    })
    this.tracks.addEventListener("pointermove", (event) => {
      if (this.tracks.hasPointerCapture(event.pointerId)) move(event)
    })
  }

  /** @param {Run} run @param {Payload} data */
  update(run, data) {
    this.run = run
    this.data = data
    const key = JSON.stringify([run, data.spherical, data.steps, data.images, data.names])
    if (key !== this.key) {
      this.key = key
      this.begin()
    }
    this.drawTracks() // whose colours may have changed
  }

  // Another path: drop what is under way for the last one.
  begin() {
    const { run, data } = this
    this.turn.abort()
    this.turn = new AbortController()
    this.head.replaceChildren(runHeading(run))
    this.live.dataset.testid = `live-${run.name}`
    this.live.setAttribute("aria-label", `The place on the way, decoded by ${run.label}`)
    this.path = makePath(...run.ends, data.spherical)
    this.codes = Array.from({ length: data.steps }, (_, at) => this.path.at(at / (data.steps - 1)))
    this.asked = null
    this.probabilities = null
    this.gaps = null
    this.real = null
    this.verdict.textContent = this.problem.textContent = ""
    const [start, end] = data.names
    this.strip.setAttribute("aria-label", `${data.steps} steps from ${start} to ${end}, decoded`)
    for (const canvas of this.images.splice(data.steps)) canvas.remove()
    while (this.images.length < data.steps) {
      const canvas = imageCanvas()
      canvas.setAttribute("aria-hidden", "true")
      this.images.push(canvas)
      this.strip.append(canvas)
    }
    for (const canvas of [this.live, ...this.images]) fitImages(canvas, run.image)
    this.layOut()
    const { signal } = this.turn
    this.guard(this.decodeSteps(signal), signal)
    this.guard(this.measure(signal), signal)
    this.guard(load(run, "decoder").then(this.draw), signal)
  }

  /**
   * What fails of the present path is said in the lane, once.
   * @param {Promise<void>} promise
   * @param {AbortSignal} signal
   */
  guard(promise, signal) {
    promise.catch((error) => this.fail(error, signal))
  }

  /** @param {unknown} error @param {AbortSignal} signal */
  fail(error, signal) {
    if (signal.aborted) return
    this.problem.textContent = `${this.run.label} cannot be shown: ${messageOf(error)}`
  }

  /** @param {AbortSignal} signal */
  async decodeSteps(signal) {
    const { run } = this
    const task = { run, codes: Float32Array.from(this.codes.flat()) }
    const result = await work("decode", task, `interpolate ${run.source}`)
    if (signal.aborted || !result) return
    this.images.forEach((canvas, at) =>
      drawImage(canvas, imageAt(result.images, at, run.image), run.image),
    )
    this.strip.dataset.ready = "true"
  }

  /** @param {AbortSignal} signal */
  async measure(signal) {
    const { images } = this.data
    const [codes, labels] = await Promise.all([
      loadArray(this.run, "codes.bin"),
      loadArray(images, "labels.bin", Uint8Array),
    ])
    if (signal.aborted) return
    this.real = { codes, labels }
    this.draw()
    const gaps = await track(distances(codes, this.codes, signal))
    if (signal.aborted) return
    this.gaps = gaps
    this.drawTracks()
  }

  // The classifier's probabilities, asked of the server once a path.
  classify() {
    if (this.asked === this.turn) return
    this.asked = this.turn
    const { signal } = this.turn
    this.guard(
      classify(this.run, this.codes.flat(), signal).then((probabilities) => {
        if (signal.aborted) return
        this.probabilities = probabilities
        this.drawTracks()
        this.draw()
      }),
      signal,
    )
  }

  layOut() {
    if (!this.data) return
    const { steps } = this.data
    const shown = Math.max(2, Math.min(steps, Math.floor(this.tracks.clientWidth / SMALLEST)))
    const kept = new Set(
      Array.from({ length: shown }, (_, at) => Math.round((at * (steps - 1)) / (shown - 1))),
    )
    this.images.forEach((canvas, at) => {
      canvas.hidden = !kept.has(at)
    })
    this.drawTracks()
  }

  drawTracks() {
    const { probabilities, gaps, data, run } = this
    if (probabilities) {
      drawShares(this.shares, probabilities, data)
      this.shares.setAttribute("aria-label", sharesInWords(probabilities, data.classes))
    } else clear(this.shares)
    if (gaps) {
      drawDistances(this.distances, gaps, run.spacing)
      const words = verdict(this, gaps)
      this.distances.setAttribute("aria-label", words)
      this.distances.dataset.values = JSON.stringify(gaps)
      this.verdict.textContent = words
    } else clear(this.distances)
  }

  /** @param {number} share of the way */
  show(share) {
    const { steps } = this.data
    this.marker.style.left = `${(100 * (0.5 + share * (steps - 1))) / steps}%`
    const code = this.path.at(share)
    const { run } = this
    const { signal } = this.turn
    loaded(run, "decoder")?.show(
      code,
      (image) => {
        if (signal.aborted) return
        drawImage(this.live, image, run.image)
        this.live.dataset.code = JSON.stringify(code)
      },
      this,
      (error) => this.fail(error, signal),
    )
    this.reading.replaceChildren(...reading(this, share, code))
  }

  stop() {
    this.turn.abort()
    this.root.remove()
  }
}
