// What a view does once nothing moves in it any more.
import { track } from "./busy.js"

/** Calls `act` when a while has passed since the last `begin`; until then the page is not at rest. */
export class Rest {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer
  over = () => {}

  /** @param {number} milliseconds @param {() => void} act */
  constructor(milliseconds, act) {
    this.milliseconds = milliseconds
    this.act = act
  }

  /** Whether `act` is still to come. */
  get waiting() {
    return this.timer !== undefined
  }

  /** Something moves: wait anew. */
  begin() {
    clearTimeout(this.timer)
    if (!this.waiting) {
      track(
        new Promise((/** @type {(_: void) => void} */ resolve) => {
          this.over = resolve
        }),
      )
    }
    this.timer = setTimeout(() => {
      this.timer = undefined
      try {
        this.act()
      } finally {
        this.over() // after what `act` itself waits for has begun
      }
    }, this.milliseconds)
  }

  /** Nothing is to be done any more. */
  end() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.over()
  }
}
