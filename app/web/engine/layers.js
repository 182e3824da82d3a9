// The layers of this project's networks. Maps lie channels last with a border of zeros, so that the
// taps of a kernel's row are one run of neighbours, and convolutions are kernel.js's `quad` over
// four pixels at a time.
export const SLOPE = 0.2 // of the leaky ReLUs (muvae/models/conv.py)
const BYTES = 4

// A map [side, side, channels] in the arena's memory, framed by a border of `border` pixels.
export function framed(arena, side, channels, border = 1) {
  const width = side + 2 * border
  const values = arena.floats(width * width * channels)
  return { side, width, channels, border, values }
}

function placeOf({ width, channels, border }, y, x) {
  return ((y + border) * width + x + border) * channels
}

// What `quad` is called with for every four pixels of a row; its sizes are in bytes.
function layer(arena, { from, to, stride, weights, bias, rows, columns, start, outStart, spread, slope }) {
  const packed = arena.floats(weights.length)
  packed.set(weights)
  const biases = arena.floats(bias.length)
  biases.set(bias)
  const side = to.side / spread
  return () => {
    for (let y = 0; y < side; y += 1) {
      for (let at = 0; at < side; at += 4) {
        const x = Math.min(at, side - 4) // the last four overlap those before
        arena.quad(
          from.values.byteOffset + BYTES * (placeOf(from, stride * y, stride * x) + start),
          packed.byteOffset,
          biases.byteOffset,
          to.values.byteOffset + BYTES * (placeOf(to, spread * y, spread * x) + outStart),
          to.channels / 4,
          rows,
          BYTES * from.width * from.channels,
          BYTES * columns * from.channels,
          BYTES * stride * from.channels,
          BYTES * spread * to.channels,
          slope,
        )
      }
    }
  }
}

// Weights in the order in which `quad` reads them: four channels, then rows, columns, inputs.
function pack(channels, rows, columns, inputs, weightAt) {
  const packed = []
  for (let block = 0; block < channels; block += 4) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        for (let input = 0; input < inputs; input += 1) {
          for (let channel = block; channel < block + 4; channel += 1) {
            packed.push(weightAt(channel, input, row, column))
          }
        }
      }
    }
  }
  return packed
}

// Conv2d 3×3 with padding 1, from one map to another; stride 1 or 2. The function that does it.
export function convolution(arena, tensors, name, from, to, stride) {
  const { values, shape: [channels, inputs] } = take(tensors, `${name}.weight`)
  return layer(arena, {
    from,
    to,
    stride,
    weights: pack(channels, 3, 3, inputs, (channel, input, row, column) =>
      values[((channel * inputs + input) * 3 + row) * 3 + column]),
    bias: take(tensors, `${name}.bias`).values,
    rows: 3,
    columns: 3,
    start: -(from.width + 1) * inputs,
    outStart: 0,
    spread: 1,
    slope: SLOPE,
  })
}

// ConvTranspose2d 3×3 with padding 1, as convolutions: one for stride 1; for stride 2 (with output
// padding 1) one for each parity of the output's row and column, in which 1 or 2 taps a side meet.
// Where `to` has more channels than the weights, the others get zeros. The function that does it.
export function deconvolution(arena, tensors, name, from, to, stride, slope) {
  const { values, shape: [inputs, channels] } = take(tensors, `${name}.weight`)
  const bias = new Float32Array(to.channels)
  bias.set(take(tensors, `${name}.bias`).values)
  // Offsets of the input from the pixel, and the index in the kernel that meets it.
  const taps = stride === 1
    ? [[[-1, 2], [0, 1], [1, 0]]]
    : [[[0, 1]], [[0, 2], [1, 0]]]
  const layers = taps.flatMap((rows, down) => taps.map((columns, right) => layer(arena, {
    from,
    to,
    stride: 1,
    weights: pack(to.channels, rows.length, columns.length, inputs, (channel, input, row, column) =>
      (channel < channels
        ? values[((input * channels + channel) * 3 + rows[row][1]) * 3 + columns[column][1]] : 0)),
    bias,
    rows: rows.length,
    columns: columns.length,
    start: (rows[0][0] * from.width + columns[0][0]) * inputs,
    outStart: (down * to.width + right) * to.channels,
    spread: stride,
    slope,
  })))
  return () => layers.forEach((each) => each())
}

export function take(tensors, name) {
  const tensor = tensors.get(name)
  if (!tensor) throw new Error(`the weights have no ${name}`)
  return tensor
}

export function dense(tensors, name, slope = 1, bend = null) {
  const { values, shape: [outputs, inputs] } = take(tensors, `${name}.weight`)
  const bias = take(tensors, `${name}.bias`).values
  const activate = bend ?? ((sum) => (sum > 0 ? sum : slope * sum))
  return { outputs, inputs, values, bias, activate }
}

// Four rows at a time: as many sums at once keep the machine busy, and each is summed in its order.
export function apply({ outputs, inputs, values, bias, activate }, input, output) {
  let row = 0
  for (; row + 3 < outputs; row += 4) {
    let a = bias[row]
    let b = bias[row + 1]
    let c = bias[row + 2]
    let d = bias[row + 3]
    let at = row * inputs
    for (let column = 0; column < inputs; column += 1, at += 1) {
      const value = input[column]
      a += value * values[at]
      b += value * values[at + inputs]
      c += value * values[at + 2 * inputs]
      d += value * values[at + 3 * inputs]
    }
    output[row] = activate(a)
    output[row + 1] = activate(b)
    output[row + 2] = activate(c)
    output[row + 3] = activate(d)
  }
  for (; row < outputs; row += 1) {
    let sum = bias[row]
    for (let column = 0; column < inputs; column += 1) {
      sum += input[column] * values[row * inputs + column]
    }
    output[row] = activate(sum)
  }
  return output
}
