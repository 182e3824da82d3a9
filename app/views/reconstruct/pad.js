// A pad for mouse, finger and pen: white on black, and a list of marks that can be undone.

import { drawImage, element, imageCanvas } from "../../web/dom/elements.js"
import { frame } from "../../web/engine/framing.js"
import { PIXELS, SIDE } from "../../web/engine/networks.js"

const SIZE = 560 // the canvas's own pixels a side: 20 for each of the 28
const HELP =
  "Drawing pad, for mouse, finger and pen. From the keyboard, start from a test image; "
  + "Control and Z undoes."

// Calls `onChange` for every change of the picture, also while `drawing`, and `onPen` when the pen
// goes down or up.
export class Drawpad {
  constructor({ onChange, onPen }) {
    this.onChange = onChange
    this.onPen = onPen
    this.marks = [] // strokes, whole pictures, and null for a cleared pad
    this.first = 0 // of the marks that can be undone
    this.stroke = null
    this.eraser = false
    this.width = 44
    this.canvas = element("canvas", "pad", [], {
      role: "img",
      tabindex: 0,
      "aria-label": HELP,
      "data-testid": "drawpad",
    })
    this.canvas.width = SIZE
    this.canvas.height = SIZE
    this.context = this.canvas.getContext("2d", { willReadFrequently: true })
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
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(type, (event) => this.up(event))
    }
    canvas.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      this.undo()
    })
  }

  down(event) {
    if (this.stroke || (event.button > 0 && event.button !== 5)) return // 5: a pen's eraser
    this.canvas.setPointerCapture(event.pointerId)
    const erase = this.eraser || event.button === 5
    this.stroke = { pointer: event.pointerId, erase, width: this.width, points: [] }
    this.marks.push(this.stroke)
    this.onPen()
    this.add(event)
  }

  move(event) {
    if (event.pointerId !== this.stroke?.pointer) return
    const events = event.getCoalescedEvents?.() ?? []
    for (const each of events.length ? events : [event]) this.add(each)
  }

  up(event) {
    if (event.pointerId !== this.stroke?.pointer) return
    this.stroke = null
    this.onPen()
  }

  add({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    const point = [((clientX - left) * SIZE) / width, ((clientY - top) * SIZE) / height]
    this.stroke.points.push(point)
    this.line(this.stroke, this.stroke.points.length - 1)
    this.onChange()
  }

  // The part of a stroke that its point number `at` adds.
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
    context.fillRect(0, 0, SIZE, SIZE)
    const whole = marks.findLastIndex((mark) => !mark?.points)
    if (marks[whole]) this.enlarge(marks[whole].pixels)
    for (const stroke of marks.slice(whole + 1)) {
      stroke.points.forEach((_, at) => this.line(stroke, at))
    }
  }

  // Pixel for pixel, so that what is read back is the same picture.
  enlarge(pixels) {
    const small = imageCanvas()
    drawImage(small, pixels)
    this.context.imageSmoothingEnabled = false
    this.context.drawImage(small, 0, 0, SIZE, SIZE)
  }

  // What changes the pad all at once; not while the pen is down.
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

  // Lay a picture, uint8 [784], on the pad; one that was there before the user came stays.
  lay(pixels, { undoable = true } = {}) {
    this.change([...this.marks, { pixels }])
    if (!undoable) this.first = this.marks.length
  }

  // The picture on the pad that no stroke has changed yet, else null.
  get untouched() {
    return this.marks.at(-1)?.pixels ?? null
  }

  // What the models see of it: uint8 [784], or null where the pad is black.
  picture(framing) {
    if (this.untouched) return this.untouched.some((grey) => grey) ? this.untouched : null
    const { data } = this.context.getImageData(0, 0, SIZE, SIZE)
    const grey = new Uint8Array(SIZE * SIZE)
    for (let pixel = 0; pixel < grey.length; pixel += 1) grey[pixel] = data[4 * pixel]
    return frame(grey, SIZE, SIZE, framing)
  }
}

export function encodePicture(pixels) {
  return pixels ? btoa(String.fromCharCode(...pixels)) : ""
}

export function decodePicture(text) {
  return text ? Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)) : null
}
