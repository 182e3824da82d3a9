// What fingers, mouse and keys do on a map's canvas, as calls of its Pointing. Places are [left, top]
// in CSS pixels.
/** @import { Pointing } from "./pointing.js" */
/** @import { Point } from "./types.js" */

const SLOP = { mouse: 3, touch: 8 } // a press that moves less is a click
const SCROLL_PAUSE = 300 // ms: a wheel that scrolls the page goes on doing so over a map
const STEP = 48 // pixels that an arrow key pans
/** @type {Record<string, Point>} */
const ARROWS = {
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
}

/** @type {(places: Point[]) => Point} */
const between = ([one, other]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]
/** @type {(places: Point[]) => number} */
const distance = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1])

export class Gestures {
  /** @type {Map<number, Point>} */
  pressed = new Map() // pointers that are down, by number
  /** @type {"press" | "pan" | "slide" | "lasso" | "pinch" | null} */
  kind = null // of the gesture under way
  /** @type {Point[]} */
  path = [] // of a lasso
  /** @type {Point} */
  start = [0, 0]
  lassoing = false // whether this press would draw a lasso
  adding = false // whether it would add to the selection

  /** @param {HTMLCanvasElement} canvas @param {Pointing} pointing */
  constructor(canvas, pointing) {
    this.canvas = canvas
    this.pointing = pointing
    canvas.addEventListener("pointerdown", (event) => this.pointerdown(event))
    canvas.addEventListener("pointermove", (event) => this.pointermove(event))
    canvas.addEventListener("pointerup", (event) => this.pointerup(event))
    canvas.addEventListener("pointercancel", (event) => this.pointercancel(event))
    canvas.addEventListener("dblclick", () => pointing.panel.reset())
    canvas.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse" && !this.pressed.size) pointing.leave()
    })
    canvas.addEventListener("keydown", (event) => this.keydown(event))
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    // touch-action leaves one finger's up and down to the page; it must not take two fingers'.
    for (const name of /** @type {const} */ (["touchstart", "touchmove"])) {
      canvas.addEventListener(
        name,
        (event) => {
          if (event.touches.length > 1 && event.cancelable) event.preventDefault()
        },
        { passive: false },
      )
    }
  }

  /** @param {PointerEvent} event */
  pointerdown(event) {
    if (event.button !== 0) return
    this.canvas.setPointerCapture(event.pointerId)
    this.pressed.set(event.pointerId, place(event))
    if (this.pressed.size > 1) {
      this.end()
      this.kind = "pinch"
      return
    }
    this.start = place(event)
    this.kind = "press"
    this.lassoing = event.shiftKey || this.pointing.panel.view.lassoing
    this.adding = event.ctrlKey || event.metaKey
  }

  /** @param {PointerEvent} event */
  pointermove(event) {
    if (!this.pressed.has(event.pointerId)) {
      if (event.pointerType === "mouse") this.pointing.hover(place(event))
      return
    }
    const touch = event.pointerType === "touch"
    const before = [...this.pressed.values()]
    const now = place(event)
    this.pressed.set(event.pointerId, now)
    const slop = touch ? SLOP.touch : SLOP.mouse
    if (this.kind === "press" && distance([this.start, now]) > slop) this.begin(touch)
    if (this.kind === "pinch" && before.length === 2) this.pinch(before)
    if (this.kind === "pan") this.pointing.pan(now[0] - before[0][0], now[1] - before[0][1])
    if (this.kind === "slide") this.pointing.hover(now, true)
    if (this.kind === "lasso") {
      this.path.push(now)
      this.pointing.trace(this.path)
    }
  }

  /** @param {boolean} touch */
  begin(touch) {
    this.kind = this.lassoing ? "lasso" : touch ? "slide" : "pan"
    if (this.kind === "lasso") this.path = [this.start]
    if (this.kind !== "slide") this.pointing.leave()
  }

  /** @param {Point[]} before the two fingers */
  pinch(before) {
    const now = [...this.pressed.values()]
    const [from, to] = [between(before), between(now)]
    this.pointing.pan(to[0] - from[0], to[1] - from[1])
    this.pointing.zoom(distance(now) / (distance(before) || 1), to)
  }

  /** @param {PointerEvent} event */
  pointerup(event) {
    if (!this.pressed.delete(event.pointerId) || this.pressed.size) return
    const { kind, path, adding } = this
    this.end()
    if (kind === "press") {
      this.pointing.click(this.start, adding || event.shiftKey, event.pointerType === "touch")
    }
    if (kind === "lasso") this.pointing.lasso(path, adding)
  }

  /** @param {PointerEvent} event */
  pointercancel(event) {
    this.pressed.delete(event.pointerId)
    this.end()
  }

  end() {
    this.kind = null
    this.path = []
    this.pointing.trace([])
  }

  /** At the whole map, a wheel turned towards its user scrolls the page on. @param {WheelEvent} event */
  wheel(event) {
    const scrolling = performance.now() - this.pointing.panel.view.scrolledAt < SCROLL_PAUSE
    if (!event.ctrlKey && (scrolling || (this.pointing.whole && event.deltaY > 0))) return
    event.preventDefault()
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 * event.deltaY : event.deltaY
    this.pointing.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)), place(event))
  }

  /** @param {KeyboardEvent} event */
  keydown(event) {
    const { key, shiftKey } = event
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrow = ARROWS[key]
    const times = shiftKey ? 4 : 1
    if (arrow) this.pointing.keyPan(times * arrow[0], times * arrow[1])
    else if (key === "+" || key === "=") this.pointing.keyZoom(1.25)
    else if (key === "-" || key === "_") this.pointing.keyZoom(0.8)
    else if (key === "0" || key === "Home") this.pointing.panel.reset()
    else if (key === "Enter" || key === " ") this.pointing.keySelect(shiftKey)
    else if (key === "Escape" && this.kind === "lasso") this.end()
    else if (key === "Escape") this.pointing.cancel()
    else return
    event.preventDefault()
  }
}

/** @param {MouseEvent} event @returns {Point} */
function place({ offsetX, offsetY }) {
  return [offsetX, offsetY]
}
