// The card beside the pointer: a test image and what every run makes of its code.
import { clear, element, messageOf, number } from "../../web/dom/elements.js"
import { drawImage, fitImages, imageCanvas } from "../../web/dom/images.js"
import { imageAt } from "../../web/engine/image.js"

/** @import { ImageSize } from "../../web/engine/image.js" */
/** @import { Network, Run } from "./widget.js" */
/** @import { Point } from "./types.js" */

const APART = { mouse: 16, touch: 32 } // pixels between the pointer and the card
const EDGE = 8 // pixels between the card and the window's edge

/**
 * @typedef {object} Subject what the card shows
 * @property {number} index of a test image
 * @property {string} name of its class
 * @property {Uint8Array | null} images of the test set, once they are here
 * @property {(Network | null)[]} networks of each run, once they are here
 */

/** @typedef {{ root: HTMLElement, canvas: HTMLCanvasElement, value: HTMLElement }} Figure */

export class Card {
  key = "" // of the runs
  /** @type {ImageSize} */
  size
  /** @type {unknown[]} */
  shown = []
  /** @type {Figure[]} */
  reconstructions = [] // by run

  constructor() {
    this.title = element("p", "title")
    this.original = this.figure("Test image")
    this.figures = element("div", "figures")
    // In the top layer, where nothing clips or covers it.
    this.root = element("div", "card", [this.title, this.figures], { popover: "manual" })
    this.root.dataset.testid = "card"
  }

  /** @param {string} name @param {Run | null} run @returns {Figure} */
  figure(name, run = null) {
    const canvas = imageCanvas(name)
    if (run) canvas.dataset.testid = `live-${run.name}`
    const value = element("span", "value")
    const root = element("figure", "", [canvas, element("figcaption", "", [name, value])])
    return { root, canvas, value }
  }

  /** @param {Run[]} runs @param {ImageSize} size of the images */
  update(runs, size) {
    const key = JSON.stringify([size, runs.map(({ name, label }) => [name, label])])
    if (key === this.key) return
    this.key = key
    this.size = size
    this.reconstructions = runs.map((run) => this.figure(run.label, run))
    for (const { canvas } of [this.original, ...this.reconstructions]) fitImages(canvas, size)
    this.figures.replaceChildren(
      this.original.root,
      ...this.reconstructions.map(({ root }) => root),
    )
  }

  /**
   * @param {Subject} subject
   * @param {Point} place of the pointer in the window
   * @param {boolean} touch whether it is a finger
   */
  show(subject, place, touch) {
    const shown = [this.key, subject.index, subject.images, ...subject.networks]
    if (shown.some((part, at) => part !== this.shown[at])) {
      this.shown = shown
      this.fill(subject)
    }
    if (!this.root.matches(":popover-open")) this.root.showPopover()
    this.put(place, touch)
  }

  /** @param {Subject} subject */
  fill({ index, name, images, networks }) {
    this.title.textContent = `Test image ${index}: ${name}`
    this.root.dataset.index = String(index)
    const { size } = this
    if (images) drawImage(this.original.canvas, imageAt(images, index, size), size)
    else clear(this.original.canvas)
    networks.forEach((network, at) => this.reconstruct(this.reconstructions[at], network, index))
  }

  /** @param {Figure} figure @param {Network | null} network @param {number} index */
  reconstruct({ canvas, value }, network, index) {
    if (!network) {
      clear(canvas)
      value.textContent = "…"
      return
    }
    const { codes, errors, decoder } = network
    const { latentDim } = decoder
    const code = codes.subarray(index * latentDim, (index + 1) * latentDim)
    decoder.show(
      code,
      (image) => {
        drawImage(canvas, image, this.size)
        canvas.dataset.code = JSON.stringify(Array.from(code))
      },
      canvas,
      (error) => {
        value.textContent = messageOf(error)
      },
    )
    value.textContent = `error ${number(errors[index], 1)}`
  }

  /**
   * Right of and below the pointer, or left and above where the window ends; not under a finger.
   * @param {Point} place
   * @param {boolean} touch
   */
  put([x, y], touch) {
    const { offsetWidth: width, offsetHeight: height } = this.root
    const apart = touch ? APART.touch : APART.mouse
    const right = x + apart + width + EDGE <= window.innerWidth
    const left = touch ? x - width / 2 : right ? x + apart : x - apart - width
    const below = y + apart + height + EDGE <= window.innerHeight
    const above = y - apart - height >= EDGE
    const top = (touch ? above : !below) ? y - apart - height : y + apart
    /** @type {(value: number, size: number, all: number) => number} */
    const inside = (value, size, all) => Math.max(EDGE, Math.min(all - size - EDGE, value))
    this.root.style.transform =
      `translate(${inside(left, width, window.innerWidth)}px, `
      + `${inside(top, height, window.innerHeight)}px)`
  }

  hide() {
    if (this.root.matches(":popover-open")) this.root.hidePopover()
  }
}
