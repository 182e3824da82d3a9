// Images as the views have them: pixel by pixel, each with its channels.

/** @typedef {{ height: number, width: number, channels: number }} ImageSize */

/** How many numbers an image has. @param {ImageSize} size */
export function numbersOf({ height, width, channels }) {
  return height * width * channels
}

/**
 * One of the images that lie one after another.
 * @template {Uint8Array | Uint8ClampedArray} Images
 * @param {Images} images
 * @param {number} index
 * @param {ImageSize} size
 */
export function imageAt(images, index, size) {
  const length = numbersOf(size)
  return /** @type {Images} */ (images.subarray(index * length, (index + 1) * length))
}
