// What stands in a plane: pure functions on typed arrays, canvases and squares {x, y, half}.
const PIXELS = 784
const RECORD = PIXELS + 10 // a decoded code: its image, then ten class probabilities of 255

// float16, which not every browser can read by itself, to float32.
function fromHalf(buffer, count) {
  const halves = new DataView(buffer)
  const numbers = new Float32Array(count)
  for (let at = 0; at < count; at += 1) {
    const bits = halves.getUint16(2 * at, true)
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    const size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24
    numbers[at] = bits >> 15 ? -size : size
  }
  return numbers
}

// A place in a square as shares of its width and height, from the top left.
function shares(square, [x, y]) {
  return [(x - square.x) / square.half / 2 + 0.5, (square.y - y) / square.half / 2 + 0.5]
}

function placeAt(square, [across, down]) {
  return [
    square.x + square.half * (2 * across - 1),
    square.y - square.half * (2 * down - 1),
  ]
}

function within([across, down]) {
  return across >= 0 && across <= 1 && down >= 0 && down <= 1
}

// The record at a place, bilinear between the four nodes of the lattice around it.
function interpolate(lattice, side, [across, down]) {
  const column = Math.min(Math.floor(across * (side - 1)), side - 2)
  const row = Math.min(Math.floor(down * (side - 1)), side - 2)
  const right = across * (side - 1) - column
  const below = down * (side - 1) - row
  const node = (row * side + column) * RECORD
  const next = node + side * RECORD
  const record = new Uint8ClampedArray(RECORD)
  for (let at = 0; at < RECORD; at += 1) {
    const top = lattice[node + at] * (1 - right) + lattice[node + RECORD + at] * right
    const bottom = lattice[next + at] * (1 - right) + lattice[next + RECORD + at] * right
    record[at] = top * (1 - below) + bottom * below
  }
  return record
}

function drawDigit(canvas, record) {
  const context = canvas.getContext("2d")
  if (!record) {
    context.clearRect(0, 0, 28, 28)
    return
  }
  const image = context.createImageData(28, 28)
  for (let pixel = 0; pixel < PIXELS; pixel += 1) {
    image.data.fill(record[pixel], 4 * pixel, 4 * pixel + 3)
    image.data[4 * pixel + 3] = 255
  }
  context.putImageData(image, 0, 0)
}

// Every second node's image, each the middle of a tile of the square.
function tilePicture(lattice, side) {
  const tiles = (side - 1) / 2
  const picture = document.createElement("canvas")
  picture.width = picture.height = 28 * tiles
  const context = picture.getContext("2d")
  const tile = document.createElement("canvas")
  tile.width = tile.height = 28
  for (let row = 0; row < tiles; row += 1) {
    for (let column = 0; column < tiles; column += 1) {
      const node = ((2 * row + 1) * side + 2 * column + 1) * RECORD
      drawDigit(tile, lattice.subarray(node, node + RECORD))
      context.drawImage(tile, 28 * column, 28 * row)
    }
  }
  return picture
}

// A canvas in step with its size on screen and the screen's pixels: its context and side.
function fit(canvas) {
  const side = Math.max(1, Math.round(canvas.clientWidth * window.devicePixelRatio))
  if (canvas.width !== side) canvas.width = canvas.height = side
  const context = canvas.getContext("2d")
  context.clearRect(0, 0, side, side)
  return [context, side]
}

function drawAxes(context, side, square, style) {
  const unit = 2 * square.half
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000, 1e4]
    .find((candidate) => unit / candidate <= 6)
  if (!step) return
  const scale = window.devicePixelRatio
  context.strokeStyle = style.grid
  context.fillStyle = style.text
  context.lineWidth = scale
  context.font = `${10 * scale}px ${style.font}`
  const each = (middle, draw) => {
    const last = Math.floor((middle + square.half) / step)
    for (let tick = Math.ceil((middle - square.half) / step); tick <= last; tick += 1) {
      draw(tick * step, String(Number((tick * step).toFixed(2))).replace("-", "−"))
    }
  }
  const line = (x, y, toX, toY) => {
    context.beginPath()
    context.moveTo(x, y)
    context.lineTo(toX, toY)
    context.stroke()
  }
  const edge = 3 * scale
  each(square.x, (value, label) => {
    const x = side * shares(square, [value, square.y])[0]
    line(x, 0, x, side)
    context.textAlign = "center"
    if (x > 24 * scale && x < side - 8 * scale) context.fillText(label, x, side - edge)
  })
  each(square.y, (value, label) => {
    const y = side * shares(square, [square.x, value])[1]
    line(0, y, side, y)
    context.textAlign = "left"
    if (y > 12 * scale && y < side - 26 * scale) context.fillText(label, edge, y - edge)
  })
}

function drawPoints(context, side, square, codes, labels, colors) {
  const size = Math.min(3, Math.max(1.2, side / window.devicePixelRatio / 170))
    * window.devicePixelRatio
  context.globalAlpha = 0.75
  for (let at = 0; at < labels.length; at += 1) {
    const [across, down] = shares(square, [codes[2 * at], codes[2 * at + 1]])
    context.fillStyle = colors[labels[at]]
    context.fillRect(across * side - size / 2, down * side - size / 2, size, size)
  }
  context.globalAlpha = 1
}

function drawBound(context, side, square, bound, color) {
  const [across, down] = shares(square, [0, 0])
  context.strokeStyle = color
  context.lineWidth = 1.25 * window.devicePixelRatio
  context.setLineDash([5 * window.devicePixelRatio, 4 * window.devicePixelRatio])
  context.beginPath()
  context.arc(across * side, down * side, (bound / square.half / 2) * side, 0, 2 * Math.PI)
  context.stroke()
  context.setLineDash([])
}
