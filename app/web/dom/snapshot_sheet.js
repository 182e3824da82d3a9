// Lays panels out under a title, a legend and above a caption, on one canvas.
export const SCALE = 2 // pixels of the picture that one of the page takes

const MARGIN = 24
const GAP = 20
const LEAST = 360 // a caption has to be read
const SIZES = { title: 20, head: 15, text: 13 }
const LINE = 1.4

// `panels` { canvas, title, note, color } in rows of `columns`; canvases are SCALE times as large
// as they are to appear.
export function compose({ panels, columns = 1, legend = [] }, { title, caption, look }) {
  const canvas = document.createElement("canvas")
  const pen = new Pen(canvas, look)
  const boxes = panels.map((panel) => ({
    ...panel,
    width: panel.canvas.width / SCALE,
    height: panel.canvas.height / SCALE + headHeight(panel),
  }))
  const rows = []
  for (let at = 0; at < boxes.length; at += columns) rows.push(boxes.slice(at, at + columns))
  const wide = (row) => row.reduce((sum, { width }) => sum + width + GAP, -GAP)
  const width = Math.max(LEAST, ...rows.map(wide))
  const words = pen.wrap(caption, "text", width)
  const entries = pen.flow(legend, width)
  const tall = (row) => Math.max(...row.map(({ height }) => height)) + GAP
  const top = MARGIN + SIZES.title * LINE + 8
  const middle = entries.length ? entries.at(-1).y + SIZES.text * LINE + 10 : 0
  const body = rows.reduce((sum, row) => sum + tall(row), 0)
  pen.begin(width + 2 * MARGIN, top + middle + body + words.length * SIZES.text * LINE + MARGIN)
  pen.text(title, MARGIN, MARGIN, "title", true)
  for (const { x, y, name, color } of entries) pen.entry(name, color, MARGIN + x, top + y, "text")
  let y = top + middle
  for (const row of rows) {
    let x = MARGIN
    for (const box of row) {
      drawPanel(pen, box, x, y)
      x += box.width + GAP
    }
    y += tall(row)
  }
  words.forEach((line, at) => pen.text(line, MARGIN, y + at * SIZES.text * LINE, "text"))
  return canvas
}

function headHeight({ title, note }) {
  if (!title) return 0
  return SIZES.head * LINE + (note ? SIZES.text * LINE : 0) + 6
}

function drawPanel(pen, panel, x, y) {
  if (panel.title) pen.entry(panel.title, panel.color, x, y, "head", true)
  if (panel.note) pen.text(panel.note, x, y + SIZES.head * LINE, "text")
  pen.context.drawImage(panel.canvas, SCALE * x, SCALE * (y + headHeight(panel)))
}

class Pen {
  constructor(canvas, look) {
    Object.assign(this, { canvas, look, context: canvas.getContext("2d") })
  }

  begin(width, height) {
    this.canvas.width = Math.ceil(SCALE * width)
    this.canvas.height = Math.ceil(SCALE * height)
    this.context.fillStyle = this.look.background
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height)
  }

  set(size, bold) {
    this.context.font = `${bold ? "600 " : ""}${SCALE * SIZES[size]}px ${this.look.font}`
    this.context.textBaseline = "top"
  }

  width(text, size, bold = false) {
    this.set(size, bold)
    return this.context.measureText(text).width / SCALE
  }

  text(text, x, y, size, bold = false) {
    this.set(size, bold)
    this.context.fillStyle = this.look.text
    this.context.fillText(text, SCALE * x, SCALE * (y + 1))
  }

  // A name behind a dot of a colour, if it has one.
  entry(name, color, x, y, size, bold = false) {
    if (color) {
      this.context.fillStyle = color
      this.context.beginPath()
      this.context.arc(SCALE * (x + 5), SCALE * (y + SIZES[size] / 2 + 1), SCALE * 5, 0, 7)
      this.context.fill()
    }
    this.text(name, x + (color ? 16 : 0), y, size, bold)
  }

  wrap(text, size, room) {
    const lines = [""]
    for (const word of text.split(" ")) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word
      if (lines.at(-1) && this.width(longer, size) > room) lines.push(word)
      else lines[lines.length - 1] = longer
    }
    return lines
  }

  // Where a legend's entries stand, in as many lines as they take.
  flow(legend, room) {
    let [x, y] = [0, 0]
    return legend.map(({ name, color }) => {
      const width = this.width(name, "text") + 16
      if (x && x + width > room) [x, y] = [0, y + SIZES.text * LINE]
      const place = { name, color, x, y }
      x += width + 16
      return place
    })
  }
}
