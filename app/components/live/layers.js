// The layers of this project's networks in plain arithmetic. Activations lie channels last, so that
// the taps of a kernel's row are one run of neighbours.
export const SLOPE = 0.2 // of the leaky ReLUs (muvae/models/conv.py)

// One convolution: every output is the sum over `runs` of neighbouring inputs, begun at the bias.
// Two pixels by four channels at a time: as many sums as the machine has registers for.
export function convolve(layer, input, output) {
  const { weights, bias, channels, slope, height, width } = layer
  const { runs, length, rowStep, pixelStep, outRow, outPixel, outStart } = layer
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 2) {
      const from = y * rowStep + x * pixelStep
      const to = outStart + y * outRow + x * outPixel
      const both = x + 1 < width
      for (let channel = 0; channel < channels; channel += 4) {
        let a0 = bias[channel]
        let a1 = bias[channel + 1]
        let a2 = bias[channel + 2]
        let a3 = bias[channel + 3]
        let b0 = a0
        let b1 = a1
        let b2 = a2
        let b3 = a3
        let w = channel * runs.length * length
        for (let run = 0; run < runs.length; run += 1) {
          let at = from + runs[run]
          for (const end = at + length; at < end; at += 1, w += 4) {
            const a = input[at]
            const b = input[at + pixelStep]
            const w0 = weights[w]
            const w1 = weights[w + 1]
            const w2 = weights[w + 2]
            const w3 = weights[w + 3]
            a0 += a * w0
            a1 += a * w1
            a2 += a * w2
            a3 += a * w3
            b0 += b * w0
            b1 += b * w1
            b2 += b * w2
            b3 += b * w3
          }
        }
        output[to + channel] = a0 > 0 ? a0 : slope * a0
        if (channel + 1 < channels) {
          output[to + channel + 1] = a1 > 0 ? a1 : slope * a1
          output[to + channel + 2] = a2 > 0 ? a2 : slope * a2
          output[to + channel + 3] = a3 > 0 ? a3 : slope * a3
        }
        if (!both) continue
        const next = to + outPixel + channel
        output[next] = b0 > 0 ? b0 : slope * b0
        if (channel + 1 < channels) {
          output[next + 1] = b1 > 0 ? b1 : slope * b1
          output[next + 2] = b2 > 0 ? b2 : slope * b2
          output[next + 3] = b3 > 0 ? b3 : slope * b3
        }
      }
    }
  }
}

// Weights in the order in which convolve() reads them: four channels, then runs, then their inputs.
function pack(channels, rows, columns, inputs, weightAt) {
  const padded = Math.ceil(channels / 4) * 4
  const packed = new Float32Array(padded * rows * columns * inputs)
  let at = 0
  for (let block = 0; block < padded; block += 4) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        for (let input = 0; input < inputs; input += 1) {
          for (let channel = block; channel < block + 4; channel += 1, at += 1) {
            packed[at] = channel < channels ? weightAt(channel, input, row, column) : 0
          }
        }
      }
    }
  }
  return packed
}

function padded(values, multiple) {
  const result = new Float32Array(Math.ceil(values.length / multiple) * multiple)
  result.set(values)
  return result
}

// A map with a border of zeros around it, and room behind for what is read past the last pixel.
export function frame(side, channels) {
  const width = side + 2
  return { width, channels, values: new Float32Array((width * width + 2 * width) * channels) }
}

export function interior(map) {
  return (map.width + 1) * map.channels
}

// Conv2d 3×3 with padding 1, `from` one framed map to another; stride 1 or 2.
export function convolution(tensors, name, from, to, stride) {
  const { values, shape } = take(tensors, `${name}.weight`)
  const [channels, inputs] = shape
  const weights = pack(channels, 3, 3, inputs, (channel, input, row, column) =>
    values[((channel * inputs + input) * 3 + row) * 3 + column])
  return {
    weights,
    bias: padded(take(tensors, `${name}.bias`).values, 4),
    channels,
    slope: SLOPE,
    height: to.width - 2,
    width: to.width - 2,
    runs: [0, 1, 2].map((row) => row * from.width * inputs),
    length: 3 * inputs,
    rowStep: stride * from.width * inputs,
    pixelStep: stride * inputs,
    outRow: to.width * channels,
    outPixel: channels,
    outStart: interior(to),
  }
}

// ConvTranspose2d 3×3 with padding 1, as convolutions: one for stride 1; for stride 2 (with output
// padding 1) one for each parity of the output's row and column, in which 1 or 2 taps a side meet.
export function deconvolution(tensors, name, from, to, stride, slope) {
  const { values, shape } = take(tensors, `${name}.weight`)
  const [inputs, channels] = shape
  const bias = padded(take(tensors, `${name}.bias`).values, 4)
  const layers = []
  // Offsets of the input from the framed pixel, and the kernel's index that meets it.
  const taps = stride === 1
    ? [[[-1, 2], [0, 1], [1, 0]]]
    : [[[0, 1]], [[0, 2], [1, 0]]]
  taps.forEach((rows, rowParity) => taps.forEach((columns, columnParity) => {
    const weights = pack(channels, rows.length, columns.length, inputs,
      (channel, input, row, column) =>
        values[((input * channels + channel) * 3 + rows[row][1]) * 3 + columns[column][1]])
    layers.push({
      weights,
      bias,
      channels,
        slope,
      height: from.width - 2,
      width: from.width - 2,
      runs: rows.map(([offset]) =>
        ((1 + offset) * from.width + 1 + columns[0][0]) * inputs),
      length: columns.length * inputs,
      rowStep: from.width * inputs,
      pixelStep: inputs,
      outRow: stride * to.width * to.channels,
      outPixel: stride * to.channels,
      outStart: interior(to) + (rowParity * to.width + columnParity) * to.channels,
    })
  }))
  return layers
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
