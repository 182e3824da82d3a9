// The card beside the pointer: a test image and what every run makes of its code.
import { clear, drawImage, element, imageCanvas, number } from "../../web/dom/elements.js"
import { PIXELS } from "../../web/engine/networks.js"

const APART = { mouse: 16, touch: 32 } // pixels between the pointer and the card
const EDGE = 8 // pixels between the card and the window's edge

export class Card {
  constructor() {
    this.title = element("p", "title")
    this.original = this.figure("Test image")
    this.figures = element("div", "figures")
    // In the top layer, where nothing clips or covers it.
    this.root = element("div", "card", [this.title, this.figures], { popover: "manual" })
    this.root.dataset.testid = "card"
    this.reconstructions = []
    this.image = new Float32Array(PIXELS)
  }

  figure(name, run = null) {
    const canvas = imageCanvas(name)
    if (run) canvas.dataset.testid = `live-${run.name}`
    const value = element("span", "value")
    const root = element("figure", "", [canvas, element("figcaption", "", [name, value])])
    return { root, canvas, value }
  }

  update(runs) {
    const key = JSON.stringify(runs.map(({ name, label }) => [name, label]))
    if (key === this.key) return
    this.key = key
    this.reconstructions = runs.map((run) => this.figure(run.label, run))
    this.figures.replaceChildren(
      this.original.root,
      ...this.reconstructions.map(({ root }) => root),
    )
  }

  // `networks`: of each run { codes, errors, decoder }, or null while they are on their way.
  show({ index, name, images, networks }, place, touch) {
    const shown = [this.key, index, images, ...networks]
    if (shown.some((part, at) => part !== this.shown?.[at])) {
      this.shown = shown
      this.fill(index, name, images, networks)
    }
    if (!this.root.matches(":popover-open")) this.root.showPopover()
    this.put(place, touch)
  }

  fill(index, name, images, networks) {
    this.title.textContent = `Test image ${index}: ${name}`
    this.root.dataset.index = String(index)
    if (images) drawImage(this.original.canvas, rowOf(images, index, PIXELS))
    else clear(this.original.canvas)
    networks.forEach((network, at) => this.reconstruct(this.reconstructions[at], network, index))
  }

  reconstruct({ canvas, value }, network, index) {
    if (!network) {
      clear(canvas)
      value.textContent = "…"
      return
    }
    const { codes, errors, decoder } = network
    const code = rowOf(codes, index, decoder.latentDim)
    drawImage(canvas, decoder.decode(code, this.image))
    canvas.dataset.code = JSON.stringify(Array.from(code))
    value.textContent = `error ${number(errors[index], 1)}`
  }

  // Right of and below the pointer, or left and above where the window ends; not under a finger.
  put([x, y], touch) {
    const { offsetWidth: width, offsetHeight: height } = this.root
    const apart = touch ? APART.touch : APART.mouse
    const right = x + apart + width + EDGE <= window.innerWidth
    const left = touch ? x - width / 2 : right ? x + apart : x - apart - width
    const below = y + apart + height + EDGE <= window.innerHeight
    const above = y - apart - height >= EDGE
    const top = (touch ? above : !below) ? y - apart - height : y + apart
    const inside = (value, size, all) => Math.max(EDGE, Math.min(all - size - EDGE, value))
    this.root.style.transform =
      `translate(${inside(left, width, window.innerWidth)}px, `
      + `${inside(top, height, window.innerHeight)}px)`
  }

  hide() {
    if (this.root.matches(":popover-open")) this.root.hidePopover()
  }
}

// The row of a number of an array of rows.
function rowOf(array, index, length) {
  return array.subarray(index * length, (index + 1) * length)
}
