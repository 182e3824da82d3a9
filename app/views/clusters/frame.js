// What part of a map's plane its canvas shows. Places on the canvas are in CSS pixels.
/** @import { Box, MapPart, Point } from "./types.js" */

const MARGIN = 0.94 // of the canvas that the whole map takes
const MOST_ZOOM = 60
const DIGITS = 5 // of a part's numbers: the farthest zoom's error is then a hundredth of a pixel

export class Frame {
  zoomed = 1
  /** @type {Point} */
  center

  /** @param {{ clientWidth: number, clientHeight: number }} canvas @param {Box} box of the map */
  constructor(canvas, box) {
    this.canvas = canvas
    this.box = box
    this.home()
  }

  home() {
    const { left, low, width, height } = this.box
    this.zoomed = 1
    this.center = [left + width / 2, low + height / 2]
  }

  /**
   * The part that is shown, as the server knows it: zoom and middle, the latter in shares of the map's
   * box; null where it is the whole map.
   * @returns {MapPart | null}
   */
  get part() {
    if (this.zoomed === 1) return null
    const { left, low, width, height } = this.box
    const [x, y] = this.center
    const rounded = (/** @type {number} */ value) => Number(value.toFixed(DIGITS))
    return [rounded(this.zoomed), rounded((x - left) / width), rounded((y - low) / height)]
  }

  set part(part) {
    this.home()
    if (!part) return
    const { left, low, width, height } = this.box
    this.zoomed = part[0]
    this.center = [left + part[1] * width, low + part[2] * height]
  }

  /** @returns {Point} */
  get middle() {
    return [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]
  }

  // A point [x, y] lies at [left + x scale, top - y scale].
  get transform() {
    const [across, down] = this.middle
    const room = 2 * Math.min(across / this.box.width, down / this.box.height)
    const scale = MARGIN * this.zoomed * room
    const [x, y] = this.center
    return { scale, left: across - x * scale, top: down + y * scale }
  }

  /** The point at a place. @param {Point} place @returns {Point} */
  pointAt(place) {
    const { scale, left, top } = this.transform
    return [(place[0] - left) / scale, (top - place[1]) / scale]
  }

  /** The place of a point. @param {number} x @param {number} y @returns {Point} */
  placeOf(x, y) {
    const { scale, left, top } = this.transform
    return [left + x * scale, top - y * scale]
  }

  /** @param {number} right @param {number} down */
  pan(right, down) {
    const { scale } = this.transform
    this.moveTo([this.center[0] - right / scale, this.center[1] + down / scale])
  }

  /** Zooms by a factor; what lies at a place stays there. @param {number} factor @param {Point} place */
  zoom(factor, place) {
    const before = this.pointAt(place)
    this.zoomed = Math.min(MOST_ZOOM, Math.max(1, this.zoomed * factor))
    const after = this.pointAt(place)
    const [x, y] = this.center
    this.moveTo([x + before[0] - after[0], y + before[1] - after[1]])
  }

  /** The middle of the canvas stays on the map. @param {Point} center */
  moveTo([x, y]) {
    const { left, low, width, height } = this.box
    this.center = [
      Math.min(left + width, Math.max(left, x)),
      Math.min(low + height, Math.max(low, y)),
    ]
  }
}
