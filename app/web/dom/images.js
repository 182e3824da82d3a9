// Sharp images on canvases, grey or in colours.
import { imageAt } from "../engine/image.js"
import { contextOf, element } from "./elements.js"

/** @typedef {import("../engine/image.js").ImageSize} ImageSize */
/** @typedef {Uint8Array | Uint8ClampedArray | Float32Array} Image float32 being in [0, 1] */

/** A canvas of an image's own pixels; the style sheet scales it and keeps it sharp. */
export function imageCanvas(label = "") {
  return element("canvas", "pixels", [], { role: "img", "aria-label": label })
}

/**
 * Gives a canvas the size of so many images side by side, which clears it if it has another.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageSize} size
 */
export function fitImages(canvas, size, columns = 1, rows = 1) {
  const [width, height] = [size.width * columns, size.height * rows]
  if (canvas.width === width && canvas.height === height) return
  canvas.width = width
  canvas.height = height
  canvas.style.aspectRatio = `${width} / ${height}`
}

/** @type {ImageData | null} */
let shared = null

/**
 * Draws an image on a canvas, which takes its size.
 * @param {HTMLCanvasElement} canvas
 * @param {Image} image
 * @param {ImageSize} size
 */
export function drawImage(canvas, image, size) {
  fitImages(canvas, size)
  drawTile(canvas, image, size, 0, 0)
}

/**
 * Draws an image among those that a canvas shows side by side.
 * @param {HTMLCanvasElement} canvas
 * @param {Image} image
 * @param {ImageSize} size
 * @param {number} column
 * @param {number} row
 */
export function drawTile(canvas, image, { width, height, channels }, column, row) {
  const scale = image instanceof Float32Array ? 255 : 1
  if (shared?.width !== width || shared.height !== height) shared = new ImageData(width, height)
  const { data } = shared
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2]
  for (let pixel = 0, at = 0; at < data.length; pixel += channels, at += 4) {
    data[at] = scale * image[pixel] // which rounds, being clamped
    data[at + 1] = scale * image[pixel + green]
    data[at + 2] = scale * image[pixel + blue]
    data[at + 3] = 255
  }
  contextOf(canvas).putImageData(shared, column * width, row * height)
}

/**
 * Draws images row by row on a canvas of so many columns.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array | Uint8ClampedArray} images
 * @param {ImageSize} size
 * @param {number} count
 * @param {number} columns
 */
export function drawTiles(canvas, images, size, count, columns) {
  fitImages(canvas, size, columns, Math.ceil(count / columns))
  for (let at = 0; at < count; at += 1) {
    drawTile(canvas, imageAt(images, at, size), size, at % columns, Math.floor(at / columns))
  }
}
