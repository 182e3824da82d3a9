// Draw, on Reconstruct: a pad, or a picture, and what every run makes of it while it is drawn.

import { clear, element, onFrame } from "../../web/dom/elements.js"
import { drawImage, fitImages, imageCanvas } from "../../web/dom/images.js"
import { Rest } from "../../web/dom/rest.js"
import { LiveState } from "../../web/dom/state.js"
import { numbersOf } from "../../web/engine/image.js"
import { drop } from "../../web/engine/pool.js"
import { Drawpad, decodePicture, encodePicture } from "./pad.js"
import { RunCard } from "./run.js"
import { DrawTools } from "./tools.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { Payload } from "./widget.payload.js" */

export { SHAPE } from "./widget.payload.js"

const REST = 150 // milliseconds after the pen went up
let views = 0

export class View {
  /** @type {Payload} */
  data
  /** @type {Component<Payload>["setStateValue"]} */
  setStateValue
  /** @type {Drawpad | undefined} */
  pad
  /** @type {DrawTools | undefined} */
  tools
  /** @type {Uint8Array | null} */
  picture = null // the one that is shown
  laying = false // a picture that Python has on the pad
  pause = new Rest(REST, () => this.rest())
  /** @type {AbortController | undefined} */
  asking

  /** @param {HTMLElement} root */
  constructor(root) {
    views += 1
    this.group = `draw-${views}`
    this.seen = imageCanvas()
    this.seen.dataset.testid = "seen"
    this.seen.dataset.help = "seen"
    this.caption = element("p", "quiet")
    /** @type {LiveState<string>} */
    this.state = new LiveState() // the picture on the pad, in base 64
    this.board = element("div", "board")
    /** @type {RunCard[]} */
    this.cards = []
    this.runs = element("div", "runs")
    this.stale = false // something has changed that is not shown yet
    this.frame = onFrame(() => {
      if (this.stale) this.show()
    })
    this.resize = new ResizeObserver(() => this.cards.forEach((card) => card.redraw()))
    this.resize.observe(this.runs)
    root.replaceChildren(element("div", "layout", [this.board, this.runs]))
  }

  /** @param {Component<Payload>} component */
  update({ data, setStateValue }) {
    const before = this.data
    this.data = data
    this.setStateValue = setStateValue
    const told = this.state.take(data.picture)
    const size = data.images.image
    if (JSON.stringify(before?.images.image) !== JSON.stringify(size)) this.build()
    else if (told) this.lay(data.picture.value)
    fitImages(this.seen, size)
    this.seen.setAttribute(
      "aria-label",
      `The picture as the models see it, ${size.width} by ${size.height}`,
    )
    const other = (/** @type {keyof Payload} */ part) =>
      JSON.stringify(before?.[part]) !== JSON.stringify(data[part])
    if (other("runs") || other("classes")) this.setRuns()
    this.caption.textContent = `Centred and scaled as ${data.title}’s images are`
    this.tools?.setImages(data)
    if (other("runs") || other("framing") || (!this.pad && told)) {
      if (before && other("framing")) this.state.change() // of the same strokes
      this.changed()
      this.pen()
    } else {
      for (const card of this.cards) card.redraw() // the page's colours may be other ones
    }
  }

  // The pad, or a large picture in its place.
  build() {
    const { drawable, picture } = this.data
    const side = element("figure", "side", [this.seen, this.caption])
    this.board.classList.toggle("alone", !drawable)
    if (!drawable) {
      this.board.replaceChildren(side)
      return
    }
    this.pad = new Drawpad(this.data.images.image, {
      onChange: () => this.changed(),
      onPen: () => {
        if (!this.laying) this.state.change()
        this.pen()
      },
    })
    if (picture.value) this.lay(picture.value, { undoable: false })
    this.tools = new DrawTools(this.pad)
    this.board.replaceChildren(this.tools.stage, side, this.tools.element)
  }

  /**
   * Lays a picture on the pad that Python has, or clears it.
   * @param {string} picture in base 64, or empty
   * @param {{ undoable?: boolean }} [options]
   */
  lay(picture, options) {
    if (!this.pad) return
    const pixels = decodePicture(picture)
    this.laying = true // which is nobody's change
    if (pixels) this.pad.lay(pixels, options)
    else this.pad.clear()
    this.laying = false
  }

  setRuns() {
    const { runs, classes } = this.data
    drop(`${this.group}/`)
    this.cards = runs.map((run) => new RunCard(run, classes, this.group))
    this.runs.replaceChildren(...this.cards.map((card) => card.element))
    const warm = new Float32Array(numbersOf(this.data.images.image)) // the first stroke shall not wait for weights
    for (const card of this.cards) {
      card.show(warm)
      card.clear()
    }
  }

  changed() {
    this.stale = true
    this.frame()
  }

  // The latest picture, once a frame, to every run.
  show() {
    const { pad, data, cards } = this
    this.stale = false
    this.picture = pad ? pad.picture(data.framing) : decodePicture(data.picture.value)
    this.tools?.update(this.picture)
    if (this.picture) {
      const image = Float32Array.from(this.picture, (grey) => grey / 255)
      drawImage(this.seen, this.picture, data.images.image)
      for (const card of cards) card.show(image)
    } else {
      clear(this.seen)
      for (const card of cards) card.clear()
    }
  }

  // The pen went down or up, or the picture changed at once: the server hears of it once it rests.
  pen() {
    this.pause.end()
    this.asking?.abort()
    this.tools?.update(this.picture)
    if (!this.pad?.drawing) this.pause.begin()
  }

  rest() {
    if (this.stale) this.show() // timers can come before frames
    this.asking = new AbortController()
    for (const card of this.cards) card.ask(this.asking.signal)
    if (!this.pad) return
    const picture = encodePicture(this.picture)
    this.state.tell(picture, (message) => this.setStateValue("drawing", message))
  }

  stop() {
    this.pause.end()
    this.asking?.abort()
    this.resize.disconnect()
    drop(`${this.group}/`)
  }
}
