// The maps' legends: a button a class, which switches it in all maps, and a bar for values.
import { element, number } from "../../web/dom/elements.js"

/** @import { Colors, Range } from "./types.js" */

const STOPS = 16
const TICKS = 5

export class Legend {
  /** @type {Set<number>} */
  hidden = new Set() // classes
  /** @type {HTMLButtonElement[]} */
  buttons = [] // by class
  names = ""

  /**
   * @param {() => void} onShow hears that other classes are shown
   * @param {() => void} onChoose hears that somebody has chosen them here
   */
  constructor(onShow, onChoose) {
    this.onShow = onShow
    this.onChoose = onChoose
    this.all = element("button", "all", ["Show all"], { type: "button", "data-help": "all" })
    this.all.onclick = () => this.choose(() => true)
    this.root = element("div", "classes", [], {
      role: "group",
      "aria-label": "Classes",
      "data-help": "classes",
    })
  }

  /**
   * @param {string[]} classes
   * @param {string[]} colors
   * @param {boolean} swatches whether the points have their classes' colours
   */
  update(classes, colors, swatches) {
    this.root.classList.toggle("plain", !swatches)
    if (classes.join("\n") === this.names) return
    this.names = classes.join("\n")
    this.buttons = classes.map((name, label) => this.button(name, label, colors[label]))
    this.root.replaceChildren(...this.buttons, this.all)
    this.show(() => true)
  }

  /** @param {string} name @param {number} label @param {string} color */
  button(name, label, color) {
    const button = element("button", "", [name], { type: "button" })
    button.dataset.testid = `class-${label}`
    button.style.setProperty("--class", color)
    button.onclick = ({ shiftKey }) => {
      if (shiftKey) this.isolate(label)
      else this.choose((other) => (other === label) === this.hidden.has(other))
    }
    button.ondblclick = () => this.isolate(label)
    return button
  }

  /** Shows a class alone; all of them where it is alone already. @param {number} label */
  isolate(label) {
    const alone = this.hidden.size === this.buttons.length - 1 && !this.hidden.has(label)
    this.choose((other) => alone || other === label)
  }

  /** @param {(label: number) => boolean} isShown */
  choose(isShown) {
    this.show(isShown)
    this.onChoose()
  }

  /** @param {(label: number) => boolean} isShown */
  show(isShown) {
    const labels = this.buttons.map((_, label) => label)
    this.hidden = new Set(labels.filter((label) => !isShown(label)))
    this.buttons.forEach((button, label) => {
      button.setAttribute("aria-pressed", String(!this.hidden.has(label)))
    })
    this.all.disabled = !this.hidden.size
    this.onShow()
  }
}

/** @param {number} low @param {number} high */
function digitsOf(low, high) {
  return high - low < 8 ? 2 : 0
}

export class Bar {
  /** @type {Range & { title: string, palette: Colors["palette"] } | undefined} */
  shown

  constructor() {
    this.title = element("span", "title")
    this.strip = element("div", "strip")
    this.ticks = element("div", "ticks")
    const scale = element("div", "", [this.strip, this.ticks])
    this.root = element("div", "bar", [this.title, scale], { "data-help": "scale" })
  }

  // What a picture's legend says of it: its ends, in their colours.
  entries() {
    if (!this.shown) return []
    const { title, palette, low, high } = this.shown
    const tone = (/** @type {number} */ at) =>
      `rgb(${palette.subarray(3 * at, 3 * at + 3).join(",")})`
    return [
      { name: title },
      ...[0, 64, 128, 191, 255].map((at) => ({
        name: number(low + (at / 255) * (high - low), digitsOf(low, high)),
        color: tone(at),
      })),
    ]
  }

  /**
   * @param {string} title of the values
   * @param {Colors["palette"]} palette
   * @param {Range} range
   */
  update(title, palette, { low, high, most }) {
    const stops = Array.from({ length: STOPS }, (_, at) => {
      const tone = 3 * Math.round((at / (STOPS - 1)) * 255)
      return `rgb(${palette.subarray(tone, tone + 3).join(",")})`
    })
    this.title.textContent = title
    this.strip.style.background = `linear-gradient(to right, ${stops.join(",")})`
    const digits = digitsOf(low, high)
    this.shown = { title, palette, low, high, most }
    this.ticks.replaceChildren(
      ...Array.from({ length: TICKS }, (_, at) => {
        const value = number(low + (at / (TICKS - 1)) * (high - low), digits)
        return element("span", "", [most > high && at === TICKS - 1 ? `≥ ${value}` : value])
      }),
    )
  }
}
