// Draws a map's points into an ImageData, opaque: discs, and thumbnails of the test images.
import { imageAt } from "../../web/engine/image.js"
import { mix } from "./colors.js"

/** @import { ImageSize } from "../../web/engine/image.js" */
/** @import { Color, Colors } from "./types.js" */

/**
 * A clean sheet of a size in device pixels, `old` if it is of that size.
 * @param {ImageData | null} old
 * @param {number} width
 * @param {number} height
 * @param {Color} background
 */
export function sheet(old, width, height, background) {
  const image = old?.width === width && old.height === height ? old : new ImageData(width, height)
  const [red, green, blue] = background
  new Uint32Array(image.data.buffer).fill((255 << 24) | (blue << 16) | (green << 8) | red)
  return image
}

/** How much of each pixel a disc covers, of 256. @param {number} size @param {number} opacity */
function disc(size, opacity) {
  const side = Math.ceil(size) + ((Math.ceil(size) + 1) % 2) // odd: it has a middle pixel
  const middle = (side - 1) / 2
  const coverage = Int32Array.from({ length: side * side }, (_, at) => {
    const distance = Math.hypot((at % side) - middle, Math.floor(at / side) - middle)
    return 256 * opacity * Math.min(1, Math.max(0, size / 2 + 0.5 - distance))
  })
  return { side, middle, coverage }
}

/**
 * Draws points as discs.
 * @param {ImageData} image
 * @param {Float32Array} places in its pixels [N, 2]
 * @param {number[]} which the points' numbers
 * @param {Colors} colors
 * @param {{ size: number, opacity: number, color?: Color }} look of the discs; a color is for all
 */
export function drawPoints({ data, width, height }, places, which, { tones, palette }, look) {
  const { side, middle, coverage } = disc(look.size, look.opacity)
  for (const point of which) {
    const left = Math.round(places[2 * point]) - middle
    const top = Math.round(places[2 * point + 1]) - middle
    if (left <= -side || top <= -side || left >= width || top >= height) continue
    const tone = 3 * tones[point]
    const red = look.color?.[0] ?? palette[tone]
    const green = look.color?.[1] ?? palette[tone + 1]
    const blue = look.color?.[2] ?? palette[tone + 2]
    const firstColumn = Math.max(0, -left)
    const endColumn = Math.min(side, width - left)
    const endRow = Math.min(side, height - top)
    for (let row = Math.max(0, -top); row < endRow; row += 1) {
      let at = 4 * ((top + row) * width + left + firstColumn)
      for (let column = firstColumn; column < endColumn; column += 1, at += 4) {
        const share = coverage[row * side + column]
        data[at] += ((red - data[at]) * share) >> 8
        data[at + 1] += ((green - data[at + 1]) * share) >> 8
        data[at + 2] += ((blue - data[at + 2]) * share) >> 8
      }
    }
  }
}

/**
 * Of some points, as many as fit as squares of a side without one on another, the first first.
 * @param {Float32Array} points [N, 2]; times `scale`, pixels: panning a map changes nothing
 * @param {number} scale
 * @param {number[]} which the points' numbers
 * @param {number} side
 */
export function thin(points, scale, which, side) {
  /** @type {Map<number, [x: number, y: number]>} */
  const taken = new Map()
  const cell = (/** @type {number} */ column, /** @type {number} */ row) => column + row * 2 ** 24
  /** @type {(x: number, y: number, column: number, row: number) => boolean} */
  const free = (x, y, column, row) => {
    for (let down = row - 1; down <= row + 1; down += 1) {
      for (let right = column - 1; right <= column + 1; right += 1) {
        const other = taken.get(cell(right, down))
        if (other && Math.abs(other[0] - x) < side && Math.abs(other[1] - y) < side) return false
      }
    }
    return true
  }
  return which.filter((point) => {
    const x = points[2 * point] * scale
    const y = points[2 * point + 1] * scale
    const [column, row] = [Math.floor(x / side), Math.floor(y / side)]
    if (!free(x, y, column, row)) return false
    taken.set(cell(column, row), [x, y])
    return true
  })
}

/**
 * Draws test images in place of points: ink and paper of the theme's own lightness, in the point's tone.
 * @param {ImageData} image
 * @param {Float32Array} places in its pixels [N, 2]
 * @param {number[]} which the points' numbers
 * @param {Colors} colors
 * @param {Uint8Array} images
 * @param {{ text: Color, background: Color, times: number, size: ImageSize, faint?: boolean }} look
 *   `times` as large as they are
 */
export function drawThumbnails(image, places, which, { tones, palette }, images, look) {
  for (const point of which) {
    const tone = 3 * tones[point]
    const color = [...palette.subarray(tone, tone + 3)]
    drawThumbnail(
      image,
      Math.round(places[2 * point] - (look.times * look.size.width) / 2),
      Math.round(places[2 * point + 1] - (look.times * look.size.height) / 2),
      imageAt(images, point, look.size),
      look.size,
      mix(look.background, color, look.faint ? 0.07 : 0.22),
      look.faint ? mix(look.background, color, 0.35) : mix(color, look.text, 0.4),
      look.times,
    )
  }
}

/**
 * @param {ImageData} image
 * @param {number} left
 * @param {number} top
 * @param {Uint8Array} pixels
 * @param {ImageSize} size
 * @param {Color} paper
 * @param {Color} ink
 * @param {number} times
 */
function drawThumbnail({ data, width, height }, left, top, pixels, size, paper, ink, times) {
  const { channels } = size
  const rows = Math.min(times * size.height, height - top)
  const columns = Math.min(times * size.width, width - left)
  for (let row = Math.max(0, -top); row < rows; row += 1) {
    const source = size.width * Math.floor(row / times)
    for (let column = Math.max(0, -left); column < columns; column += 1) {
      // Of a coloured image, how bright it is: its colour says the class.
      const pixel = channels * (source + Math.floor(column / times))
      let sum = 0
      for (let channel = 0; channel < channels; channel += 1) sum += pixels[pixel + channel]
      const share = sum / channels / 255
      const at = 4 * ((top + row) * width + left + column)
      data[at] = paper[0] + share * (ink[0] - paper[0])
      data[at + 1] = paper[1] + share * (ink[1] - paper[1])
      data[at + 2] = paper[2] + share * (ink[2] - paper[2])
    }
  }
}
