// One run's map: its data, its canvas, and the mark of the point that is pointed at.

import { clear, element, onFrame, runHeading } from "../../web/dom/elements.js"
import { SCALE } from "../../web/dom/snapshot_sheet.js"
import { norm } from "../../web/engine/networks.js"
import { load, loadArray } from "../../web/engine/weights.js"
import { Frame } from "./frame.js"
import { Gestures } from "./gestures.js"
import { PointIndex } from "./index.js"
import { Painting } from "./paint.js"

const SVG = "http://www.w3.org/2000/svg"
const REACH = { mouse: 12, touch: 24 } // CSS pixels between the pointer and a point that it means
const KEYS =
  "Arrow keys pan, plus and minus zoom, 0 shows the whole map, Enter selects the point "
  + "nearest to the middle, Shift with Enter adds it, Escape clears the selection."

export class MapPanel {
  constructor(view, run) {
    Object.assign(this, { view, run, source: run.source, points: null, colors: null })
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
    new Gestures(this.canvas, this)
  }

  update({ method, title, values, images }) {
    const { run } = this
    const key = JSON.stringify([run.source, run.version, method, values, images.version])
    if (key === this.key) return
    Object.assign(this, { key, network: null, current: false })
    this.canvas.dataset.testid = `map-${run.name}`
    this.canvas.dataset.ready = "false"
    this.canvas.setAttribute("aria-label", `${title} map of ${run.label}`)
    const heading = runHeading(run)
    this.heading.replaceWith(heading)
    this.heading = heading
    this.say(this.points ? "" : "Loading the map…")
    this.fetch(method, values)
  }

  async fetch(method, asked) {
    const { key, run, view } = this
    try {
      const [points, labels, values] = await Promise.all([
        loadArray(run, `map-${method}.bin`),
        view.loadLabels(),
        measured(run, asked?.kind),
      ])
      if (key !== this.key) return
      if (points.length !== 2 * labels.length) throw new Error("its map is of other images.")
      this.keep(points, { kind: asked?.kind ?? null, values })
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
      this.say(`${run.label} cannot be shown: ${error.message}`, true)
      Object.assign(this, { points: null, colors: null, measure: null, key: null })
      clear(this.canvas)
    }
  }

  keep(points, measure) {
    if (this.points !== points) {
      this.points = points
      this.places = new Float32Array(points.length)
      this.index = new PointIndex(points)
      this.frame = new Frame(this.canvas, this.index.box)
    }
    if (this.asked !== undefined) this.frame.part = this.asked
    this.asked = undefined
    Object.assign(this, { measure, current: true })
    this.say("")
    this.view.arrange()
  }

  say(text, problem = false) {
    this.note.textContent = text
    this.note.classList.toggle("problem", problem)
  }

  paint() {
    if (!this.colors) return
    this.painting.paint(this, this.view.look)
    this.canvas.dataset.ready = String(this.current) // or else of an earlier choice
  }

  // The map as it is, at twice its size, and what stands above it.
  snapshot() {
    const {
      run,
      canvas: { clientWidth, clientHeight },
    } = this
    const canvas = element("canvas")
    canvas.width = SCALE * clientWidth
    canvas.height = SCALE * clientHeight
    const copy = { ...this, places: new Float32Array(this.points.length) }
    new Painting(canvas).paintOn(canvas.getContext("2d"), SCALE, copy, this.view.look)
    return { canvas, title: run.label, note: run.summary, color: run.color }
  }

  // The part of the map that is shown, null being all of it; see Frame.
  get part() {
    return this.asked !== undefined ? this.asked : (this.frame?.part ?? null)
  }

  // Show a part; where the map is not here yet, once it is.
  showPart(part) {
    if (this.current) {
      this.frame.part = part
      this.draw()
    } else {
      this.asked = part
    }
  }

  // What the gestures ask for.

  get lassoing() {
    return this.view.lassoing
  }

  get scrolledAt() {
    return this.view.scrolledAt
  }

  get whole() {
    return this.frame?.zoomed === 1
  }

  pan(right, down) {
    this.frame?.pan(right, down)
    this.moved()
  }

  zoom(factor, place) {
    this.frame?.zoom(factor, place)
    this.moved()
  }

  reset() {
    this.frame?.home()
    this.moved()
  }

  moved() {
    this.view.point(-1)
    this.draw()
    this.view.rest()
  }

  // The visible point at a place, within reach or under its thumbnail; -1: none.
  pointAt(place, reach) {
    if (!this.points) return -1
    const at = this.frame.pointAt(place)
    const found = this.index.nearest(...at, reach / this.frame.transform.scale, this.view.visible)
    return found < 0 ? this.painting.thumbnailAt(this.points, at) : found
  }

  hover(place, touch = false) {
    const box = this.canvas.getBoundingClientRect()
    const point = this.pointAt(place, touch ? REACH.touch : REACH.mouse)
    this.view.point(point, [box.left + place[0], box.top + place[1]], touch)
    return point
  }

  leave() {
    this.view.point(-1)
  }

  click(place, add, touch) {
    const point = this.hover(place, touch)
    if (point >= 0) this.view.select([point], add ? "toggle" : "replace")
  }

  lasso(path, add) {
    if (!this.points || path.length < 3) return
    const outline = path.map((place) => this.frame.pointAt(place))
    const found = this.index.inside(outline, this.view.visible)
    if (found.length) this.view.select(found, add ? "add" : "replace")
  }

  // The outline of a lasso that is being drawn.
  trace(path) {
    this.outline.setAttribute("points", path.map((place) => place.join(",")).join(" "))
  }

  keyPan(right, down) {
    this.pan(right, down)
    this.hoverMiddle()
  }

  keyZoom(factor) {
    if (this.frame) this.zoom(factor, this.frame.middle)
    this.hoverMiddle()
  }

  keySelect(add) {
    const point = this.hoverMiddle()
    if (point >= 0) this.view.select([point], add ? "toggle" : "replace")
  }

  // Point at what is nearest to the middle, where the keyboard's pointer is.
  hoverMiddle() {
    if (!this.points) return -1
    const { middle } = this.frame
    const point = this.pointAt(middle, Math.hypot(...middle))
    const place = this.frame.placeOf(this.points[2 * point], this.points[2 * point + 1])
    const box = this.canvas.getBoundingClientRect()
    this.view.point(point, [box.left + place[0], box.top + place[1]])
    return point
  }

  cancel() {
    this.view.select([], "replace")
  }

  // Mark a point of the map; -1: none.
  showMark(point) {
    this.mark.hidden = point < 0 || !this.points
    if (this.mark.hidden) return
    const place = this.frame.placeOf(this.points[2 * point], this.points[2 * point + 1])
    this.mark.dataset.index = String(point)
    this.mark.style.transform = `translate(${place[0]}px, ${place[1]}px)`
  }
}

// What points may be coloured by, float32 [N]: "errors", or "norms" as shares of the run's bound,
// or of its largest where it has none.
async function measured(run, kind) {
  if (kind === "errors") return loadArray(run, "errors.bin")
  if (kind !== "norms") return null
  const codes = await loadArray(run, "codes.bin")
  const norms = new Float32Array(codes.length / run.latentDim)
  for (let at = 0; at < norms.length; at += 1) {
    norms[at] = norm(codes.subarray(at * run.latentDim, (at + 1) * run.latentDim))
  }
  const unit = run.bound ?? norms.reduce((most, value) => Math.max(most, value))
  return norms.map((value) => value / unit)
}
