// Paints a map: its points, and over them as many thumbnails as fit.

import { fit } from "../../web/dom/elements.js"
import { drawPoints, drawThumbnails, sheet, thin } from "./draw.js"

/** @import { Colors, LoadedMap, Look } from "./types.js" */
/** @typedef {Pick<LoadedMap, "points" | "places" | "frame"> & { colors: Colors }} PaintedMap */

const OUTLINED = 200 // more selected points than these are told apart by their colour alone

/** @param {number} width @param {number} zoomed */
function pointSize(width, zoomed) {
  return Math.min(9, Math.max(2.6, width / 150) * zoomed ** 0.3)
}

export class Painting {
  /** @type {ImageData | null} */
  image = null
  /**
   * @type {{ which: number[], strong: number[], faint: number[], scale: number, side: number,
   *   groups: Look["groups"] } | null}
   */
  thumbnails = null // those that are drawn, and what they depend on

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas
  }

  /** @param {PaintedMap} map @param {Look} look */
  paint(map, look) {
    this.paintOn(...fit(this.canvas), map, look)
    this.canvas.dataset.view = JSON.stringify(map.frame.transform)
  }

  /**
   * The same on a canvas of `ratio` pixels for one of the page's.
   * @param {CanvasRenderingContext2D} context
   * @param {number} ratio
   * @param {PaintedMap} map
   * @param {Look} look
   */
  paintOn(context, ratio, map, look) {
    const { points, places, colors, frame } = map
    const { scale, left, top } = frame.transform
    const image = sheet(this.image, this.canvas.width, this.canvas.height, look.theme.background)
    for (let at = 0; at < points.length; at += 2) {
      places[at] = ratio * (left + points[at] * scale)
      places[at + 1] = ratio * (top - points[at + 1] * scale)
    }
    this.image = image
    this.paintPoints(
      image,
      places,
      colors,
      look,
      ratio * pointSize(this.canvas.width / ratio, frame.zoomed),
      ratio,
    )
    if (look.images) this.paintThumbnails(image, map, look, look.images, ratio)
    else this.thumbnails = null
    context.putImageData(image, 0, 0)
  }

  /**
   * Beside a selection, and under thumbnails, points are faint.
   * @param {ImageData} image
   * @param {Float32Array} places
   * @param {Colors} colors
   * @param {Look} look
   * @param {number} size
   * @param {number} ratio
   */
  paintPoints(image, places, colors, { groups, images, theme }, size, ratio) {
    const { chosen, rest } = groups
    const faint = { size, opacity: 0.22 }
    const strong = { size: size + ratio, opacity: images ? 0.4 : 1 }
    const outline = { ...strong, size: size + 5 * ratio, color: theme.text }
    const plain = { size, opacity: 0.8 }
    drawPoints(image, places, rest, colors, chosen.length || images ? faint : plain)
    if (chosen.length <= OUTLINED) drawPoints(image, places, chosen, colors, outline)
    drawPoints(image, places, chosen, colors, strong)
  }

  /**
   * @param {ImageData} image
   * @param {PaintedMap} map
   * @param {Look} look
   * @param {Uint8Array} images
   * @param {number} ratio
   */
  paintThumbnails(
    image,
    { points, places, colors, frame },
    { groups, theme, size },
    images,
    ratio,
  ) {
    const { scale } = frame.transform
    const times = Math.max(1, Math.round(ratio)) // screen pixels that one of theirs takes
    const side = (Math.max(size.width, size.height) * times + 1) / ratio
    let made = this.thumbnails
    if (made?.scale !== scale || made.side !== side || made.groups !== groups) {
      const which = thin(points, scale, [...groups.chosen, ...groups.rest], side)
      made = { which, scale, side, groups, ...this.byStrength(which, groups.chosen) }
      this.thumbnails = made
    }
    const look = { ...theme, times, size }
    drawThumbnails(image, places, made.faint, colors, images, { ...look, faint: true })
    drawThumbnails(image, places, made.strong, colors, images, look)
  }

  /** Beside a selection, what is not of it is faint. @param {number[]} which @param {number[]} chosen */
  byStrength(which, chosen) {
    const selected = new Set(chosen)
    const isStrong = (/** @type {number} */ point) => !chosen.length || selected.has(point)
    return { strong: which.filter(isStrong), faint: which.filter((point) => !isStrong(point)) }
  }

  /**
   * The point on whose thumbnail a point of the plane lies; -1: none.
   * @param {Float32Array} points
   * @param {[x: number, y: number]} place
   */
  thumbnailAt(points, [x, y]) {
    if (!this.thumbnails) return -1
    const { which, side, scale } = this.thumbnails
    const half = side / scale / 2
    return (
      which.find(
        (point) =>
          Math.abs(points[2 * point] - x) < half && Math.abs(points[2 * point + 1] - y) < half,
      ) ?? -1
    )
  }
}
