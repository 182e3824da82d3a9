// Pools and upsampling, channel by channel.

/** @typedef {import("./kinds.js").Op} Op */
/** @typedef {import("./maps.js").Layout} Layout */

/**
 * The function that does max_pool or avg_pool. Beyond the edges there is nothing; only an average
 * that counts its padding counts zeros there.
 * @param {Op} op
 * @param {Layout} from
 * @param {Layout} to
 */
export function pool({ op, kernel, stride, padding, count_include_pad: counts }, from, to) {
  const largest = op === "max_pool"
  const { channels, stored } = to
  return () => {
    const { values } = from.floats
    const { values: target } = to.floats
    for (let y = 0; y < to.height; y += 1) {
      const [top, bottom] = span(y * stride[0] - padding[0], kernel[0], from.height)
      for (let x = 0; x < to.width; x += 1) {
        const [left, right] = span(x * stride[1] - padding[1], kernel[1], from.width)
        const place = to.origin + y * to.row + x * stored
        const share = 1 / (counts ? kernel[0] * kernel[1] : (bottom - top) * (right - left))
        for (let channel = 0; channel < channels; channel += 1) {
          let result = largest ? -Infinity : 0
          for (let row = top; row < bottom; row += 1) {
            let at = from.origin + row * from.row + left * from.stored + channel
            for (let column = left; column < right; column += 1, at += from.stored) {
              result = largest ? Math.max(result, values[at]) : result + values[at]
            }
          }
          target[place + channel] = largest ? result : result * share
        }
      }
    }
  }
}

/**
 * The part of a window that lies within a side: from, to.
 * @param {number} start
 * @param {number} length
 * @param {number} size
 */
function span(start, length, size) {
  return [Math.max(0, start), Math.min(size, start + length)]
}

/**
 * The function that does upsample: each output is a mix of four inputs, or one of them.
 * @param {Op} op
 * @param {Layout} from
 * @param {Layout} to
 */
export function upsample({ mode, align_corners: aligned }, from, to) {
  const places = mode === "nearest" ? nearest : between
  const rows = places(from.height, to.height, aligned)
  const columns = places(from.width, to.width, aligned)
  const { channels } = to
  return () => {
    const { values } = from.floats
    const { values: target } = to.floats
    rows.forEach(({ one: top, other: bottom, share: down }, y) => {
      columns.forEach(({ one: left, other: right, share: over }, x) => {
        const place = to.origin + y * to.row + x * to.stored
        const above = from.origin + top * from.row
        const below = from.origin + bottom * from.row
        for (let channel = 0; channel < channels; channel += 1) {
          const [west, east] = [left * from.stored + channel, right * from.stored + channel]
          const high = values[above + west] * (1 - over) + values[above + east] * over
          const low = values[below + west] * (1 - over) + values[below + east] * over
          target[place + channel] = high * (1 - down) + low * down
        }
      })
    })
  }
}

/**
 * Where each of `count` outputs finds its input among `size`, with torch's rounding.
 * @param {number} size
 * @param {number} count
 */
function nearest(size, count) {
  const scale = Math.fround(size / count)
  return Array.from({ length: count }, (_, at) => {
    const one = Math.min(size - 1, Math.floor(Math.fround(at * scale)))
    return { one, other: one, share: 0 }
  })
}

/**
 * Between which two of `size` inputs each of `count` outputs lies, and how far on to the other.
 * @param {number} size
 * @param {number} count
 * @param {boolean} aligned whether first and last coincide with first and last
 */
function between(size, count, aligned) {
  const scale = aligned ? (size - 1) / Math.max(1, count - 1) : size / count
  return Array.from({ length: count }, (_, at) => {
    const place = aligned ? at * scale : Math.max(0, (at + 0.5) * scale - 0.5)
    const one = Math.min(size - 1, Math.floor(place))
    return { one, other: Math.min(size - 1, one + 1), share: place - one }
  })
}
