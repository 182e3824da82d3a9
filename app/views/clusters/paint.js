// Paints a map: its points, and over them as many thumbnails as fit.

import { fit } from "../../web/dom/elements.js"
import { SIDE } from "../../web/engine/networks.js"
import { drawPoints, drawThumbnails, sheet, thin } from "./draw.js"

const OUTLINED = 200 // more selected points than these are told apart by their colour alone

function pointSize(width, zoomed) {
  return Math.min(9, Math.max(2.6, width / 150) * zoomed ** 0.3)
}

export class Painting {
  constructor(canvas) {
    this.canvas = canvas
    this.thumbnails = null
  }

  // `map`: points and places [N,2], the frame, colors { tones [N], palette }; `look`: theme, the
  // numbers of the points in groups { chosen, rest }, and the test images or null.
  paint(map, look) {
    this.paintOn(...fit(this.canvas), map, look)
    this.canvas.dataset.view = JSON.stringify(map.frame.transform)
  }

  // The same on a canvas of `ratio` pixels for one of the page's.
  paintOn(context, ratio, { points, places, colors, frame }, look) {
    const { scale, left, top } = frame.transform
    this.image = sheet(this.image, this.canvas.width, this.canvas.height, look.theme.background)
    for (let at = 0; at < points.length; at += 2) {
      places[at] = ratio * (left + points[at] * scale)
      places[at + 1] = ratio * (top - points[at + 1] * scale)
    }
    this.paintPoints(
      places,
      colors,
      look,
      ratio * pointSize(this.canvas.width / ratio, frame.zoomed),
      ratio,
    )
    if (look.images) this.paintThumbnails(points, places, colors, look, scale, ratio)
    else this.thumbnails = null
    context.putImageData(this.image, 0, 0)
  }

  // Beside a selection, and under thumbnails, points are faint.
  paintPoints(places, colors, { groups, images, theme }, size, ratio) {
    const { chosen, rest } = groups
    const faint = { size, opacity: 0.22 }
    const strong = { size: size + ratio, opacity: images ? 0.4 : 1 }
    const outline = { ...strong, size: size + 5 * ratio, color: theme.text }
    const plain = { size, opacity: 0.8 }
    drawPoints(this.image, places, rest, colors, chosen.length || images ? faint : plain)
    if (chosen.length <= OUTLINED) drawPoints(this.image, places, chosen, colors, outline)
    drawPoints(this.image, places, chosen, colors, strong)
  }

  paintThumbnails(points, places, colors, { groups, images, theme }, scale, ratio) {
    const times = Math.max(1, Math.round(ratio)) // screen pixels that one of theirs takes
    const side = (SIDE * times + 1) / ratio
    const made = this.thumbnails
    if (made?.scale !== scale || made.side !== side || made.groups !== groups) {
      const which = thin(points, scale, [...groups.chosen, ...groups.rest], side)
      this.thumbnails = { which, scale, side, groups, ...this.byStrength(which, groups.chosen) }
    }
    const { faint, strong } = this.thumbnails
    drawThumbnails(this.image, places, faint, colors, images, { ...theme, times, faint: true })
    drawThumbnails(this.image, places, strong, colors, images, { ...theme, times })
  }

  // Beside a selection, what is not of it is faint.
  byStrength(which, chosen) {
    const selected = new Set(chosen)
    const isStrong = (point) => !chosen.length || selected.has(point)
    return { strong: which.filter(isStrong), faint: which.filter((point) => !isStrong(point)) }
  }

  // The point on whose thumbnail a point [x, y] of the plane lies; -1: none.
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
