// A native slider that is heard while it moves, and again once it rests.
import { element } from "./elements.js"

const REST = 300 // milliseconds without a key
const SWEEP = 4000 // milliseconds from one end to the other

export class Slider {
  // `onMove` hears every move, `onRest` that none is under way any more.
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
    this.input.value = value
    Object.assign(this, { onMove, onRest, max, held: false, rest: null, frame: null })
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
    return this.held || this.rest !== null || this.frame !== null
  }

  // A pointer is down, on the slider or on what moves it.
  hold() {
    this.pause()
    this.held = true
  }

  moveTo(value) {
    this.input.value = value
    this.moved()
  }

  moved() {
    this.onMove()
    clearTimeout(this.rest)
    this.rest = this.held ? null : setTimeout(() => this.settle(), REST)
  }

  settle() {
    clearTimeout(this.rest)
    this.rest = null
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
    const step = (now) => {
      const way = (this.max * Math.max(0, now - last)) / SWEEP
      last = now
      this.input.value = this.value + (forwards ? way : -way)
      if (this.value >= this.max || this.value <= 0) forwards = this.value <= 0
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
    this.button?.setAttribute("aria-pressed", playing)
    if (this.button) this.button.textContent = playing ? "Pause" : "Play"
  }

  stop() {
    this.pause()
    clearTimeout(this.rest)
    window.removeEventListener("pointerup", this.release)
    window.removeEventListener("pointercancel", this.release)
  }
}
