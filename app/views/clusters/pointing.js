// What gestures do on a map: they move it, point at its points and select them. Places are on its
// canvas, in CSS pixels.
/** @import { MapPanel } from "./panel.js" */
/** @import { Point } from "./types.js" */

const REACH = { mouse: 12, touch: 24 } // CSS pixels between the pointer and a point that it means

export class Pointing {
  /** @param {MapPanel} panel @param {SVGPolygonElement} outline of a lasso */
  constructor(panel, outline) {
    this.panel = panel
    this.outline = outline
  }

  get whole() {
    return this.panel.map?.frame.zoomed === 1
  }

  /** @param {number} right @param {number} down */
  pan(right, down) {
    this.panel.map?.frame.pan(right, down)
    this.panel.moved()
  }

  /** @param {number} factor @param {Point} place */
  zoom(factor, place) {
    this.panel.map?.frame.zoom(factor, place)
    this.panel.moved()
  }

  /**
   * The visible point at a place, within reach or under its thumbnail; -1: none.
   * @param {Point} place
   * @param {number} reach
   */
  pointAt(place, reach) {
    if (!this.panel.map) return -1
    const { points, index, frame } = this.panel.map
    const [x, y] = frame.pointAt(place)
    const found = index.nearest(x, y, reach / frame.transform.scale, this.panel.view.visible)
    return found < 0 ? this.panel.painting.thumbnailAt(points, [x, y]) : found
  }

  /** @param {Point} place */
  hover(place, touch = false) {
    const box = this.panel.canvas.getBoundingClientRect()
    const point = this.pointAt(place, touch ? REACH.touch : REACH.mouse)
    this.panel.view.point(point, [box.left + place[0], box.top + place[1]], touch)
    return point
  }

  leave() {
    this.panel.view.point(-1)
  }

  /** @param {Point} place @param {boolean} add @param {boolean} touch */
  click(place, add, touch) {
    const point = this.hover(place, touch)
    if (point >= 0) this.panel.view.select([point], add ? "toggle" : "replace")
  }

  /** @param {Point[]} path @param {boolean} add */
  lasso(path, add) {
    if (!this.panel.map || path.length < 3) return
    const { frame, index } = this.panel.map
    const outline = path.map((place) => frame.pointAt(place))
    const found = index.inside(outline, this.panel.view.visible)
    if (found.length) this.panel.view.select(found, add ? "add" : "replace")
  }

  /** The outline of a lasso that is being drawn. @param {Point[]} path */
  trace(path) {
    this.outline.setAttribute("points", path.map((place) => place.join(",")).join(" "))
  }

  /** @param {number} right @param {number} down */
  keyPan(right, down) {
    this.pan(right, down)
    this.hoverMiddle()
  }

  /** @param {number} factor */
  keyZoom(factor) {
    if (this.panel.map) this.zoom(factor, this.panel.map.frame.middle)
    this.hoverMiddle()
  }

  /** @param {boolean} add */
  keySelect(add) {
    const point = this.hoverMiddle()
    if (point >= 0) this.panel.view.select([point], add ? "toggle" : "replace")
  }

  // Point at what is nearest to the middle, where the keyboard's pointer is.
  hoverMiddle() {
    if (!this.panel.map) return -1
    const { points, frame } = this.panel.map
    const point = this.pointAt(frame.middle, Math.hypot(...frame.middle))
    const place = frame.placeOf(points[2 * point], points[2 * point + 1])
    const box = this.panel.canvas.getBoundingClientRect()
    this.panel.view.point(point, [box.left + place[0], box.top + place[1]])
    return point
  }

  cancel() {
    this.panel.view.select([], "replace")
  }
}
