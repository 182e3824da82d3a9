// A pad for mouse, finger and pen: white on black, and a list of marks that can be undone.

import { contextOf, element } from "../../web/dom/elements.js"
import { drawImage, imageCanvas } from "../../web/dom/images.js"
import { frame } from "../../web/engine/framing.js"

/** @typedef {[x: number, y: number]} Point in the pad's own pixels */

/**
 * @typedef {object} Stroke
 * @property {number} pointer its number
 * @property {boolean} erase
 * @property {number} width
 * @property {Point[]} points
 */

/** @typedef {{ pixels: Uint8Array }} Picture laid on the pad */
/** @typedef {Stroke | Picture | null} Mark null being a cleared pad */

const SIZE = 560 // the canvas's own pixels along its longer side, about
const HELP =
  "Drawing pad, for mouse, finger and pen. From the keyboard, start from a test image; "
  + "Control and Z undoes."

export class Drawpad {
  /** @type {Mark[]} */
  marks = []
  first = 0 // of the marks that can be undone
  /** @type {Stroke | null} */
  stroke = null
  eraser = false
  width = 44

  /**
   * @param {import("../../web/engine/image.js").ImageSize} size of the picture
   * @param {object} listeners
   * @param {() => void} listeners.onChange hears of every change of the picture, also while drawing
   * @param {() => void} listeners.onPen hears the pen go down and up
   */
  constructor(size, { onChange, onPen }) {
    this.size = size
    this.onChange = onChange
    this.onPen = onPen
    this.canvas = element("canvas", "pad", [], {
      role: "img",
      tabindex: 0,
      "aria-label": HELP,
      "data-testid": "drawpad",
    })
    const scale = Math.ceil(SIZE / Math.max(size.width, size.height)) // whole pixels for each
    this.canvas.width = scale * size.width
    this.canvas.height = scale * size.height
    this.context = contextOf(this.canvas, { willReadFrequently: true })
    this.redraw()
    this.listen()
  }

  get drawing() {
    return this.stroke !== null
  }

  get undoable() {
    return this.marks.length > this.first
  }

  listen() {
    const { canvas } = this
    canvas.addEventListener("pointerdown", (event) => this.down(event))
    canvas.addEventListener("pointermove", (event) => this.move(event))
    for (const type of /** @type {const} */ ([
      "pointerup",
      "pointercancel",
      "lostpointercapture",
    ])) {
      canvas.addEventListener(type, (event) => this.up(event))
    }
    canvas.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.undo()
    })
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (this.stroke || (event.button > 0 && event.button !== 5)) return // 5: a pen's eraser
    this.canvas.setPointerCapture(event.pointerId)
    const erase = this.eraser || event.button === 5
    this.stroke = { pointer: event.pointerId, erase, width: this.width, points: [] }
    this.marks.push(this.stroke)
    this.onPen()
    this.add(this.stroke, event)
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerId !== this.stroke?.pointer) return
    const events = event.getCoalescedEvents?.() ?? []
    for (const each of events.length ? events : [event]) this.add(this.stroke, each)
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (event.pointerId !== this.stroke?.pointer) return
    this.stroke = null
    this.onPen()
  }

  /** @param {Stroke} stroke @param {PointerEvent} event */
  add(stroke, { clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    /** @type {Point} */
    const point = [
      ((clientX - left) * this.canvas.width) / width,
      ((clientY - top) * this.canvas.height) / height,
    ]
    stroke.points.push(point)
    this.line(stroke, stroke.points.length - 1)
    this.onChange()
  }

  /** Draws the part of a stroke that a point adds. @param {Stroke} stroke @param {number} at */
  line({ erase, width, points }, at) {
    const { context } = this
    context.fillStyle = erase ? "#000" : "#fff"
    context.strokeStyle = context.fillStyle
    context.lineWidth = width
    context.lineCap = "round"
    context.beginPath()
    if (at) {
      context.moveTo(...points[at - 1])
      context.lineTo(...points[at])
      context.stroke()
    } else {
      context.arc(...points[0], width / 2, 0, 2 * Math.PI)
      context.fill()
    }
  }

  redraw() {
    const { context, marks } = this
    context.fillStyle = "#000"
    context.fillRect(0, 0, context.canvas.width, context.canvas.height)
    const whole = marks.findLastIndex((mark) => !isStroke(mark))
    const below = marks[whole]
    if (below && !isStroke(below)) this.enlarge(below.pixels)
    for (const stroke of marks.slice(whole + 1).filter(isStroke)) {
      stroke.points.forEach((_, at) => this.line(stroke, at))
    }
  }

  /** Pixel for pixel, so that what is read back is the same picture. @param {Uint8Array} pixels */
  enlarge(pixels) {
    const small = imageCanvas()
    drawImage(small, pixels, this.size)
    this.context.imageSmoothingEnabled = false
    this.context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height)
  }

  /** What changes the pad all at once; not while the pen is down. @param {Mark[]} marks */
  change(marks) {
    if (this.drawing) return
    this.marks = marks
    this.redraw()
    this.onChange()
    this.onPen()
  }

  undo() {
    if (this.undoable) this.change(this.marks.slice(0, -1))
  }

  clear() {
    this.change([...this.marks, null])
  }

  /**
   * Lays a picture on the pad; one that was there before the user came stays.
   * @param {Uint8Array} pixels
   */
  lay(pixels, { undoable = true } = {}) {
    this.change([...this.marks, { pixels }])
    if (!undoable) this.first = this.marks.length
  }

  // The picture on the pad that no stroke has changed yet, else null.
  get untouched() {
    const mark = this.marks.at(-1)
    return mark && !isStroke(mark) ? mark.pixels : null
  }

  /**
   * What the models see of it: an image, uint8, or null where the pad is black.
   * @param {{ side: number, byMass: boolean }} framing
   */
  picture(framing) {
    if (this.untouched) return this.untouched.some((grey) => grey) ? this.untouched : null
    const { width, height } = this.canvas
    const { channels } = this.size
    const { data } = this.context.getImageData(0, 0, width, height)
    // A plain loop: Uint8Array.from() takes a frame for so many pixels.
    const grey = new Uint8Array(width * height)
    for (let pixel = 0; pixel < grey.length; pixel += 1) grey[pixel] = data[4 * pixel]
    const framed = frame(grey, width, height, framing, this.size)
    if (!framed || channels === 1) return framed
    // In colours, what is drawn is white.
    return Uint8Array.from(
      { length: channels * framed.length },
      (_, at) => framed[Math.floor(at / channels)],
    )
  }
}

/** @param {Mark} mark @returns {mark is Stroke} */
function isStroke(mark) {
  return mark !== null && "points" in mark
}

/** A picture in base 64, or nothing. @param {Uint8Array | null} pixels */
export function encodePicture(pixels) {
  return pixels ? btoa(String.fromCharCode(...pixels)) : ""
}

/** @param {string | null} text */
export function decodePicture(text) {
  return text ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : null
}
