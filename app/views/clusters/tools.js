// The buttons over the maps, and what can be done with pointer and keys.
import { element } from "../../web/dom/elements.js"

/** @import { View } from "./widget.js" */

const MOUSE_HINT =
  "Point at a dot to find it in every map; click selects it, Ctrl-click adds it. "
  + "Drag pans, the wheel zooms, Shift-drag draws a lasso, a double click resets. "
  + "Keys: arrows, +, −, 0, Enter, Escape."
const TOUCH_HINT =
  "Tap a dot to select it and find it in every map, or slide sideways over some. "
  + "Two fingers pan and zoom; with Lasso on, one finger draws a lasso."

export class Tools {
  /** @param {View} view */
  constructor(view) {
    const lasso = button("Lasso", "lasso", () => {
      view.lassoing = !view.lassoing
      view.root.classList.toggle("lassoing", view.lassoing)
      lasso.setAttribute("aria-pressed", String(view.lassoing))
    })
    lasso.setAttribute("aria-pressed", "false")
    const whole = button("Whole maps", "whole", () => {
      for (const panel of view.panels) panel.reset()
    })
    this.clear = button("Clear", "clear", () => view.select([], "replace"))
    this.clear.setAttribute("aria-label", "Clear selection")
    this.count = element("span", "count", [], { role: "status" })
    this.root = element("div", "buttons", [lasso, whole, this.clear, this.count])
    const coarse = window.matchMedia("(pointer: coarse)").matches
    this.hint = element("p", "quiet", [coarse ? TOUCH_HINT : MOUSE_HINT])
  }

  /** @param {number} selected how many points are */
  update(selected) {
    this.clear.disabled = !selected
    this.count.textContent = selected ? `${selected} selected` : ""
  }
}

/** @param {string} label @param {string} help @param {() => void} press */
function button(label, help, press) {
  const made = element("button", "", [label], { type: "button", "data-help": help })
  made.onclick = press
  return made
}
