// What stands around the pad: its hint, brush and eraser, and a test image to start from.

import { element, messageOf } from "../../web/dom/elements.js"
import { imageAt } from "../../web/engine/image.js"
import { loadArray } from "../../web/engine/weights.js"

/** @import { Drawpad } from "./pad.js" */
/** @import { Payload } from "./widget.payload.js" */

const SMALLEST = 8
const LARGEST = 64
const INVITATION = "Draw with mouse, finger or pen, or start from a test image."
const GOES_ON = "The next stroke goes on from this picture; Clear starts anew."

/** @param {string} label @param {string} help @param {() => void} act */
function button(label, help, act) {
  const made = element("button", "", [label], { type: "button", "data-help": help })
  made.onclick = act
  return made
}

export class DrawTools {
  /** @type {Payload["images"]} */
  images
  /** @type {string[]} */
  classes

  /** @param {Drawpad} pad */
  constructor(pad) {
    this.pad = pad
    this.hint = element("p", "hint", ["Draw here"], { "aria-hidden": "true" })
    this.stage = element("div", "stage", [pad.canvas, this.hint])
    this.brush = button("Brush", "brush", () => this.take(false))
    this.eraser = button("Eraser", "eraser", () => this.take(true))
    this.undo = button("Undo", "undo", () => pad.undo())
    this.clear = button("Clear", "clear", () => pad.clear())
    this.start = button("Start from a test image", "start", () => this.fetch())
    this.note = element("p", "note quiet", [INVITATION], { role: "status" })
    this.from = ""
    this.element = element("div", "tools", [
      element("div", "row", [this.brush, this.eraser, this.size()]),
      element("div", "row", [this.undo, this.clear, this.start]),
      this.note,
    ])
    this.take(false)
    this.update(null)
  }

  // The brush's width, in the pixels of the pad as it is usually shown.
  size() {
    const slider = element("input", "", [], {
      type: "range",
      min: SMALLEST,
      max: LARGEST,
      "data-help": "size",
    })
    slider.value = String(this.pad.width / 2)
    slider.oninput = () => {
      this.pad.width = 2 * slider.valueAsNumber
    }
    return element("label", "size", ["Size", slider])
  }

  /** @param {boolean} eraser */
  take(eraser) {
    this.pad.eraser = eraser
    this.brush.setAttribute("aria-pressed", String(!eraser))
    this.eraser.setAttribute("aria-pressed", String(eraser))
  }

  /** @param {Payload} data */
  setImages({ images, classes }) {
    this.images = images
    this.classes = classes
  }

  async fetch() {
    this.start.disabled = true
    try {
      const [images, labels] = await Promise.all(
        ["images.bin", "labels.bin"].map((part) => loadArray(this.images, part, Uint8Array)),
      )
      const index = Math.floor(Math.random() * labels.length)
      this.from = `Test image ${index} (${this.classes[labels[index]]}). `
      this.pad.lay(imageAt(images, index, this.images.image).slice())
    } catch (error) {
      this.from = `${messageOf(error)} `
      this.update(null)
    }
    this.start.disabled = false
  }

  /**
   * What can be done, and what is said, now that this is the picture.
   * @param {Uint8Array | null} picture
   */
  update(picture) {
    const { pad } = this
    const empty = !picture && !pad.drawing
    this.hint.hidden = !empty
    this.undo.disabled = !pad.undoable
    this.clear.disabled = empty
    if (!pad.untouched) this.from = ""
    this.note.textContent = empty ? INVITATION : pad.untouched ? this.from + GOES_ON : ""
  }
}
