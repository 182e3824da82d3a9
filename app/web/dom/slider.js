// A native slider that is heard while it moves, and again once it rests.
import { element } from "./elements.js"
import { Rest } from "./rest.js"

const REST = 300 // milliseconds without a key
const SWEEP = 4000 // milliseconds from one end to the other

/**
 * A step to and fro between 0 and `max`: where it leads, and whether it goes on forwards.
 * @param {number} value
 * @param {boolean} forwards
 * @param {number} step
 * @param {number} max
 */
export function swept(value, forwards, step, max) {
  const next = Math.min(max, Math.max(0, value + (forwards ? step : -step)))
  const atEnd = next <= 0 || next >= max
  return { value: next, forwards: atEnd ? next <= 0 : forwards }
}

export class Slider {
  rest = new Rest(REST, () => this.settle())
  /** @type {number | null} */
  frame = null
  held = false

  /**
   * @param {object} options
   * @param {string} options.testid
   * @param {string} options.label
   * @param {string} options.help the key of its help text
   * @param {number} options.max
   * @param {number} options.value
   * @param {() => void} options.onMove hears every move
   * @param {() => void} options.onRest hears that none is under way any more
   */
  constructor({ testid, label, help, max, value, onMove, onRest }) {
    this.input = element("input", "slider", [], {
      type: "range",
      min: 0,
      max,
      step: "any",
      "aria-label": label,
      "data-testid": testid,
      "data-help": help,
    })
    this.input.value = String(value)
    this.onMove = onMove
    this.onRest = onRest
    this.max = max
    this.input.addEventListener("pointerdown", () => this.hold())
    this.input.addEventListener("input", () => {
      this.pause()
      this.moved()
    })
    this.release = () => {
      if (!this.held) return
      this.held = false
      this.settle()
    }
    window.addEventListener("pointerup", this.release)
    window.addEventListener("pointercancel", this.release)
  }

  get value() {
    return Number(this.input.value)
  }

  // Whether it moves: a pointer is down, a key was just pressed, or it plays.
  get moving() {
    return this.held || this.rest.waiting || this.frame !== null
  }

  // A pointer is down, on the slider or on what moves it.
  hold() {
    this.pause()
    this.held = true
  }

  /** @param {number} value */
  moveTo(value) {
    this.input.value = String(value)
    this.moved()
  }

  moved() {
    this.onMove()
    if (this.held) this.rest.end()
    else this.rest.begin()
  }

  settle() {
    this.rest.end()
    if (!this.moving) this.onRest()
  }

  // A button that moves the slider to and fro.
  playButton() {
    this.button = element("button", "play", [], {
      type: "button",
      "data-testid": "play",
      "data-help": "play",
    })
    this.button.addEventListener("click", () => {
      if (this.frame === null) {
        this.play()
      } else {
        this.pause()
        this.settle()
      }
    })
    this.showPlaying()
    return this.button
  }

  play() {
    let last = performance.now()
    let forwards = this.value < this.max
    const step = (/** @type {number} */ now) => {
      const way = (this.max * Math.max(0, now - last)) / SWEEP
      last = now
      const next = swept(this.value, forwards, way, this.max)
      this.input.value = String(next.value)
      forwards = next.forwards
      this.onMove()
      this.frame = requestAnimationFrame(step)
    }
    this.frame = requestAnimationFrame(step)
    this.showPlaying()
  }

  pause() {
    if (this.frame === null) return
    cancelAnimationFrame(this.frame)
    this.frame = null
    this.showPlaying()
  }

  showPlaying() {
    const playing = this.frame !== null
    this.button?.setAttribute("aria-pressed", String(playing))
    if (this.button) this.button.textContent = playing ? "Pause" : "Play"
  }

  stop() {
    this.pause()
    this.rest.end()
    window.removeEventListener("pointerup", this.release)
    window.removeEventListener("pointercancel", this.release)
  }
}
