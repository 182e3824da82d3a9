// Interpolate: one slider that moves along a path between two codes, in every run.
import { element, number, onFrame } from "../../web/dom/elements.js"
import { Slider } from "../../web/dom/slider.js"
import { LiveState } from "../../web/dom/state.js"
import { drop } from "../../web/engine/pool.js"
import { Lane } from "./lane.js"

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
    /** @type {Lane[]} */
    this.lanes = []
    /** @type {LiveState<number>} */
    this.state = new LiveState()
    this.draw = onFrame(() => this.show())
    this.slider = new Slider({
      testid: "scrub",
      label: "Place on the way from start to end",
      help: "place",
      max: 1,
      value: 0.5,
      onMove: () => {
        this.state.change()
        this.draw()
      },
      onRest: () => this.settle(),
    })
    this.place = element("output", "place")
    this.list = element("div", "lanes")
    const rail = element("div", "rail", [this.slider.input])
    const bar = element("div", "bar", [this.slider.playButton(), this.place, rail])
    this.note = element("p", "note quiet")
    root.replaceChildren(bar, this.list, this.note)
    this.widths = new ResizeObserver(() => {
      for (const lane of this.lanes) lane.layOut()
    })
    this.widths.observe(root)
  }

  /** @param {Component<Payload>} component */
  update({ data, setStateValue }) {
    this.data = data
    this.setStateValue = setStateValue
    if (this.state.take(data.share)) this.slider.input.value = String(data.share.value)
    this.note.textContent = data.note
    this.root.style.setProperty("--steps", String(data.steps))
    for (const lane of this.lanes.splice(data.runs.length)) lane.stop()
    data.runs.forEach((run, at) => {
      if (!this.lanes[at]) {
        this.lanes[at] = new Lane(this.slider, this.draw)
        this.list.append(this.lanes[at].root)
      }
      this.lanes[at].update(run, data)
    })
    this.draw()
    this.settle()
  }

  show() {
    const share = this.slider.value
    const { steps } = this.data
    const step = 1 + share * (steps - 1)
    this.place.textContent = `t = ${number(share)}`
    this.slider.input.setAttribute(
      "aria-valuetext",
      `t = ${number(share)}, step ${number(step, 1)} of ${steps}`,
    )
    for (const lane of this.lanes) lane.show(share)
  }

  // Tell the server, and ask it what nobody waits for while the slider moves.
  settle() {
    if (this.slider.moving) return
    const share = Math.round(1000 * this.slider.value) / 1000
    this.state.tell(share, (message) => this.setStateValue("share", message))
    for (const lane of this.lanes) lane.classify()
  }

  stop() {
    this.widths.disconnect()
    this.slider.stop()
    for (const lane of this.lanes) lane.stop()
    drop("interpolate")
  }
}
