// What fingers, mouse and keys do on a map's canvas, as calls of its panel. Places are [left, top]
// in CSS pixels.
const SLOP = { mouse: 3, touch: 8 } // a press that moves less is a click
const SCROLL_PAUSE = 300 // ms: a wheel that scrolls the page goes on doing so over a map
const STEP = 48 // pixels that an arrow key pans
const ARROWS = {
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
}

const between = ([one, other]) => [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2]
const distance = ([one, other]) => Math.hypot(one[0] - other[0], one[1] - other[1])

export class Gestures {
  constructor(canvas, panel) {
    Object.assign(this, { canvas, panel, pressed: new Map(), kind: null, path: [] })
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel", "dblclick"]) {
      canvas.addEventListener(name, (event) => this[name](event))
    }
    canvas.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse" && !this.pressed.size) panel.leave()
    })
    canvas.addEventListener("keydown", (event) => this.keydown(event))
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    // touch-action leaves one finger's up and down to the page; it must not take two fingers'.
    for (const name of ["touchstart", "touchmove"]) {
      canvas.addEventListener(
        name,
        (event) => {
          if (event.touches.length > 1 && event.cancelable) event.preventDefault()
        },
        { passive: false },
      )
    }
  }

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
    this.lasso = event.shiftKey || this.panel.lassoing
    this.add = event.ctrlKey || event.metaKey
  }

  pointermove(event) {
    if (!this.pressed.has(event.pointerId)) {
      if (event.pointerType === "mouse") this.panel.hover(place(event))
      return
    }
    const touch = event.pointerType === "touch"
    const before = [...this.pressed.values()]
    const now = place(event)
    this.pressed.set(event.pointerId, now)
    const slop = touch ? SLOP.touch : SLOP.mouse
    if (this.kind === "press" && distance([this.start, now]) > slop) this.begin(touch)
    if (this.kind === "pinch" && before.length === 2) this.pinch(before)
    if (this.kind === "pan") this.panel.pan(now[0] - before[0][0], now[1] - before[0][1])
    if (this.kind === "slide") this.panel.hover(now, true)
    if (this.kind === "lasso") {
      this.path.push(now)
      this.panel.trace(this.path)
    }
  }

  begin(touch) {
    this.kind = this.lasso ? "lasso" : touch ? "slide" : "pan"
    if (this.kind === "lasso") this.path = [this.start]
    if (this.kind !== "slide") this.panel.leave()
  }

  pinch(before) {
    const now = [...this.pressed.values()]
    const [from, to] = [between(before), between(now)]
    this.panel.pan(to[0] - from[0], to[1] - from[1])
    this.panel.zoom(distance(now) / (distance(before) || 1), to)
  }

  pointerup(event) {
    if (!this.pressed.delete(event.pointerId) || this.pressed.size) return
    const { kind, path, add } = this
    this.end()
    if (kind === "press") {
      this.panel.click(this.start, add || event.shiftKey, event.pointerType === "touch")
    }
    if (kind === "lasso") this.panel.lasso(path, add)
  }

  pointercancel(event) {
    this.pressed.delete(event.pointerId)
    this.end()
  }

  end() {
    this.kind = null
    this.path = []
    this.panel.trace([])
  }

  dblclick() {
    this.panel.reset()
  }

  // At the whole map, a wheel turned towards its user scrolls the page on.
  wheel(event) {
    const scrolling = performance.now() - this.panel.scrolledAt < SCROLL_PAUSE
    if (!event.ctrlKey && (scrolling || (this.panel.whole && event.deltaY > 0))) return
    event.preventDefault()
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 * event.deltaY : event.deltaY
    this.panel.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.002)), place(event))
  }

  keydown(event) {
    const { key, shiftKey } = event
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (ARROWS[key]) this.panel.keyPan(...ARROWS[key].map((by) => by * (shiftKey ? 4 : 1)))
    else if (key === "+" || key === "=") this.panel.keyZoom(1.25)
    else if (key === "-" || key === "_") this.panel.keyZoom(0.8)
    else if (key === "0" || key === "Home") this.panel.reset()
    else if (key === "Enter" || key === " ") this.panel.keySelect(shiftKey)
    else if (key === "Escape" && this.kind === "lasso") this.end()
    else if (key === "Escape") this.panel.cancel()
    else return
    event.preventDefault()
  }
}

function place({ offsetX, offsetY }) {
  return [offsetX, offsetY]
}
