// One run's map: its data, its canvas, and the mark of the point that is pointed at.

import { clear, contextOf, element, messageOf, onFrame } from "../../web/dom/elements.js"
import { runHeading } from "../../web/dom/run_heading.js"
import { SCALE } from "../../web/dom/snapshot_sheet.js"
import { load, loadArray } from "../../web/engine/weights.js"
import { Frame } from "./frame.js"
import { Gestures } from "./gestures.js"
import { PointIndex } from "./index.js"
import { measure } from "./measure.js"
import { Painting } from "./paint.js"
import { Pointing } from "./pointing.js"

/** @import { SheetCell } from "../../web/dom/snapshot_sheet.js" */
/** @import { Colors, LoadedMap, MapPart } from "./types.js" */
/** @import { Network, Run, View } from "./widget.js" */
/** @import { Payload } from "./widget.payload.js" */

const SVG = "http://www.w3.org/2000/svg"
const KEYS =
  "Arrow keys pan, plus and minus zoom, 0 shows the whole map, Enter selects the point "
  + "nearest to the middle, Shift with Enter adds it, Escape clears the selection."

/** @typedef {{ kind: "errors" | "norms" | null, values: Float32Array | null }} Measure of the points */

export class MapPanel {
  /** @type {LoadedMap | null} */
  map = null
  /** @type {Colors | null} */
  colors = null // of its points
  /** @type {Measure | null} */
  measure = null
  /** @type {Network | null} */
  network = null
  key = "" // of what is asked for
  current = false // whether the map is that which is asked for, or an earlier one
  /** @type {MapPart | null | undefined} */
  asked // the part to show once the map is here

  /** @param {View} view @param {Run} run */
  constructor(view, run) {
    this.view = view
    this.run = run
    this.source = run.source
    this.canvas = element("canvas", "", [], { role: "application", tabindex: "0" })
    this.canvas.setAttribute("aria-description", KEYS)
    this.painting = new Painting(this.canvas)
    this.mark = element("div", "mark")
    this.mark.hidden = true
    this.outline = document.createElementNS(SVG, "polygon")
    const drawing = document.createElementNS(SVG, "svg")
    drawing.append(this.outline)
    this.note = element("p", "note")
    this.heading = element("div")
    const stage = element("div", "stage", [this.canvas, drawing, this.mark, this.note])
    this.root = element("section", "map", [this.heading, stage])
    this.draw = onFrame(() => this.paint())
    new Gestures(this.canvas, new Pointing(this, this.outline))
  }

  /** @param {Payload} data */
  update({ method, title, values, images }) {
    const { run } = this
    const key = JSON.stringify([run.source, run.version, method, values, images.version])
    if (key === this.key) return
    this.key = key
    this.network = null
    this.current = false
    this.canvas.dataset.testid = `map-${run.name}`
    this.canvas.dataset.ready = "false"
    this.canvas.setAttribute("aria-label", `${title} map of ${run.label}`)
    const heading = runHeading(run)
    this.heading.replaceWith(heading)
    this.heading = heading
    this.say(this.map ? "" : "Loading the map…")
    this.fetch(method, values?.kind ?? null)
  }

  /** @param {string} method @param {"errors" | "norms" | null} kind */
  async fetch(method, kind) {
    const { key, run, view } = this
    try {
      const [points, labels, values] = await Promise.all([
        loadArray(run, `map-${method}.bin`),
        view.loadLabels(),
        kind && measure(run, kind),
      ])
      if (key !== this.key) return
      if (points.length !== 2 * labels.length) throw new Error("its map is of other images.")
      this.keep(points, { kind, values })
      const [codes, errors, decoder] = await Promise.all([
        loadArray(run, "codes.bin"),
        loadArray(run, "errors.bin"),
        load(run, "decoder"),
      ])
      if (key !== this.key) return
      this.network = { codes, errors, decoder }
      view.decodes()
    } catch (error) {
      if (key !== this.key) return
      this.say(`${run.label} cannot be shown: ${messageOf(error)}`, true)
      this.asked = this.part // for when it can
      this.map = null
      this.colors = null
      this.measure = null
      this.key = "" // to be tried again
      clear(this.canvas)
    }
  }

  /** @param {Float32Array} points @param {Measure} measure */
  keep(points, measure) {
    if (this.map?.points !== points) {
      const index = new PointIndex(points)
      const frame = new Frame(this.canvas, index.box)
      this.map = { points, places: new Float32Array(points.length), index, frame }
    }
    if (this.asked !== undefined) this.map.frame.part = this.asked
    this.asked = undefined
    this.measure = measure
    this.current = true
    this.say("")
    this.view.arrange()
  }

  /** @param {string} text */
  say(text, problem = false) {
    this.note.textContent = text
    this.note.classList.toggle("problem", problem)
  }

  paint() {
    const { map, colors } = this
    if (!map || !colors) return
    this.painting.paint({ ...map, colors }, this.view.look)
    this.canvas.dataset.ready = String(this.current) // or else of an earlier choice
  }

  /** The map as it is, at twice its size, and what stands above it. @returns {SheetCell | null} */
  snapshot() {
    const { run, map, colors } = this
    if (!map || !colors) return null
    const canvas = element("canvas")
    canvas.width = SCALE * this.canvas.clientWidth
    canvas.height = SCALE * this.canvas.clientHeight
    const copy = { ...map, colors, places: new Float32Array(map.points.length) }
    new Painting(canvas).paintOn(contextOf(canvas), SCALE, copy, this.view.look)
    return { canvas, title: run.label, note: run.summary, color: run.color }
  }

  /** The part of the map that is shown, null being all of it; see Frame. */
  get part() {
    return this.asked !== undefined ? this.asked : (this.map?.frame.part ?? null)
  }

  /** Shows a part; where the map is not here yet, once it is. @param {MapPart | null} part */
  showPart(part) {
    if (this.current && this.map) {
      this.map.frame.part = part
      this.draw()
    } else {
      this.asked = part
    }
  }

  // The whole map.
  reset() {
    this.map?.frame.home()
    this.moved()
  }

  // Another part of the map is seen.
  moved() {
    this.view.point(-1)
    this.draw()
    this.view.rest()
  }

  /** Marks a point of the map; -1: none. @param {number} point */
  showMark(point) {
    this.mark.hidden = point < 0 || !this.map
    if (this.mark.hidden || !this.map) return
    const { points, frame } = this.map
    const place = frame.placeOf(points[2 * point], points[2 * point + 1])
    this.mark.dataset.index = String(point)
    this.mark.style.transform = `translate(${place[0]}px, ${place[1]}px)`
  }
}
