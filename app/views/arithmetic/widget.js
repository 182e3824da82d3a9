// Arithmetic: a − b + c, or another amount of c − b, as an equation of images in every run.
import { element, number, onFrame } from "../../web/dom/elements.js"
import { Slider } from "../../web/dom/slider.js"
import { LiveState } from "../../web/dom/state.js"
import { Sum } from "./sum.js"

/** @import { Component } from "../../web/dom/streamlit.js" */
/** @import { Payload } from "./widget.payload.js" */

export { SHAPE } from "./widget.payload.js"

export class View {
  /** @type {Payload} */
  data
  /** @type {Component<Payload>["setStateValue"]} */
  setStateValue

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root
    /** @type {Sum[]} */
    this.sums = []
    /** @type {LiveState<number>} */
    this.state = new LiveState()
    this.draw = onFrame(() => this.show())
    this.slider = new Slider({
      testid: "amount",
      label: "Amount of c minus b that is added to a",
      help: "amount",
      max: 2,
      value: 1,
      onMove: () => {
        this.state.change()
        this.draw()
      },
      onRest: () => this.settle(),
    })
    this.formula = element("output", "formula")
    this.reset = element("button", "", ["Reset"], { type: "button", "data-help": "reset" })
    this.reset.addEventListener("click", () => this.slider.moveTo(1))
    this.list = element("div", "sums")
    this.note = element("p", "note quiet")
    const bar = element("div", "bar", [this.formula, this.slider.input, this.reset])
    root.replaceChildren(bar, this.list, this.note)
  }

  /** @param {Component<Payload>} component */
  update({ data, setStateValue }) {
    this.data = data
    this.setStateValue = setStateValue
    if (this.state.take(data.amount)) this.slider.input.value = String(data.amount.value)
    this.note.textContent = data.note
    for (const sum of this.sums.splice(data.runs.length)) sum.stop()
    data.runs.forEach((run, at) => {
      if (!this.sums[at]) {
        this.sums[at] = new Sum(this.draw)
        this.list.append(this.sums[at].root)
      }
      this.sums[at].update(run, data)
    })
    this.draw()
    this.settle()
  }

  show() {
    const amount = this.slider.value
    const formula = amount === 1 ? "a − b + c" : `a + ${number(amount)} (c − b)`
    this.formula.textContent = formula
    this.slider.input.setAttribute("aria-valuetext", formula)
    for (const sum of this.sums) sum.show(amount, formula)
  }

  // Tell the server, and ask the classifiers, which nobody waits for while the slider moves.
  settle() {
    if (this.slider.moving) return
    const amount = Math.round(1000 * this.slider.value) / 1000
    this.state.tell(amount, (message) => this.setStateValue("amount", message))
    for (const sum of this.sums) sum.classify(this.slider.value)
  }

  stop() {
    this.slider.stop()
    for (const sum of this.sums) sum.stop()
  }
}
