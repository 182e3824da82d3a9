// The maps' legends: a button a class, which switches it in all maps, and a bar for values.
import { element, number } from "./ui.js"

const STOPS = 16
const TICKS = 5

export class Legend {
  constructor(onChange) {
    this.onChange = onChange
    this.hidden = new Set()
    this.buttons = []
    this.all = element("button", "all", ["Show all"], { type: "button" })
    this.all.onclick = () => this.show(() => true)
    this.root = element("div", "classes", [], { role: "group", "aria-label": "Classes" })
    this.root.title = "Click a class to switch it on and off; double-click to see it alone."
  }

  // `swatches`: whether the points have their classes' colours.
  update(classes, colors, swatches) {
    this.root.classList.toggle("plain", !swatches)
    if (classes.join("\n") === this.names) return
    this.names = classes.join("\n")
    this.buttons = classes.map((name, label) => this.button(name, label, colors[label]))
    this.root.replaceChildren(...this.buttons, this.all)
    this.show(() => true)
  }

  button(name, label, color) {
    const button = element("button", "", [name], { type: "button" })
    button.dataset.testid = `class-${label}`
    button.style.setProperty("--class", color)
    button.onclick = ({ shiftKey }) => {
      if (shiftKey) this.isolate(label)
      else this.show((other) => (other === label) === this.hidden.has(other))
    }
    button.ondblclick = () => this.isolate(label)
    return button
  }

  // Show a class alone; all of them where it is alone already.
  isolate(label) {
    const alone = this.hidden.size === this.buttons.length - 1 && !this.hidden.has(label)
    this.show((other) => alone || other === label)
  }

  show(isShown) {
    const labels = this.buttons.map((_, label) => label)
    this.hidden = new Set(labels.filter((label) => !isShown(label)))
    this.buttons.forEach((button, label) =>
      button.setAttribute("aria-pressed", String(!this.hidden.has(label))))
    this.all.disabled = !this.hidden.size
    this.onChange()
  }
}

export class Bar {
  constructor() {
    this.title = element("span", "title")
    this.strip = element("div", "strip")
    this.ticks = element("div", "ticks")
    this.root = element("div", "bar", [this.title, element("div", "", [this.strip, this.ticks])])
  }

  // The scale of values from low to high, beyond which there are some up to `most`.
  update(title, palette, { low, high, most }) {
    const stops = Array.from({ length: STOPS }, (_, at) => {
      const tone = 3 * Math.round((at / (STOPS - 1)) * 255)
      return `rgb(${palette.subarray(tone, tone + 3).join(",")})`
    })
    this.title.textContent = title
    this.strip.style.background = `linear-gradient(to right, ${stops.join(",")})`
    const digits = high - low < 8 ? 2 : 0
    this.ticks.replaceChildren(...Array.from({ length: TICKS }, (_, at) => {
      const value = number(low + (at / (TICKS - 1)) * (high - low), digits)
      return element("span", "", [most > high && at === TICKS - 1 ? `≥ ${value}` : value])
    }))
  }
}
