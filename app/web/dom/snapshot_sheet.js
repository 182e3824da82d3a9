// Lays cells out under a title, a legend and above a caption, on one canvas.
import { contextOf } from "./elements.js"

export const SCALE = 2 // pixels of the picture that one of the page takes

const MARGIN = 24
const GAP = 20
const LEAST = 360 // a caption has to be read
const SIZES = { title: 20, head: 15, text: 13 }
const LINE = 1.4

/**
 * @typedef {object} SheetCell
 * @property {HTMLCanvasElement} canvas SCALE times as large as it is to appear
 * @property {string} [title]
 * @property {string} [note]
 * @property {string} [color] of a dot before the title
 *
 * @typedef {{ name: string, color?: string }} Entry of a legend
 * @typedef {{ cells: SheetCell[], columns?: number, legend?: Entry[] }} Sheet cells in rows
 * @typedef {{ background: string, text: string, font: string }} Look the page's colours and letters
 * @typedef {keyof typeof SIZES} Size of letters
 */

/**
 * @param {Sheet} sheet
 * @param {{ title: string, caption: string, look: Look }} words
 */
export function compose({ cells, columns = 1, legend = [] }, { title, caption, look }) {
  const canvas = document.createElement("canvas")
  const sheet = new SheetCanvas(canvas, look)
  const boxes = cells.map((cell) => ({
    ...cell,
    width: cell.canvas.width / SCALE,
    height: cell.canvas.height / SCALE + headHeight(cell),
  }))
  /** @type {(typeof boxes)[]} */
  const rows = []
  for (let at = 0; at < boxes.length; at += columns) rows.push(boxes.slice(at, at + columns))
  const wide = (/** @type {typeof boxes} */ row) =>
    row.reduce((sum, { width }) => sum + width + GAP, -GAP)
  const width = Math.max(LEAST, ...rows.map(wide))
  const words = sheet.wrap(caption, "text", width)
  const entries = sheet.flow(legend, width)
  const tall = (/** @type {typeof boxes} */ row) =>
    Math.max(...row.map(({ height }) => height)) + GAP
  const top = MARGIN + SIZES.title * LINE + 8
  const last = entries.at(-1)
  const middle = last ? last.y + SIZES.text * LINE + 10 : 0
  const body = rows.reduce((sum, row) => sum + tall(row), 0)
  sheet.begin(width + 2 * MARGIN, top + middle + body + words.length * SIZES.text * LINE + MARGIN)
  sheet.text(title, MARGIN, MARGIN, "title", true)
  for (const { x, y, name, color } of entries) sheet.entry(name, color, MARGIN + x, top + y, "text")
  let y = top + middle
  for (const row of rows) {
    let x = MARGIN
    for (const box of row) {
      drawCell(sheet, box, x, y)
      x += box.width + GAP
    }
    y += tall(row)
  }
  words.forEach((line, at) => sheet.text(line, MARGIN, y + at * SIZES.text * LINE, "text"))
  return canvas
}

/** @param {SheetCell} cell */
function headHeight({ title, note }) {
  if (!title) return 0
  return SIZES.head * LINE + (note ? SIZES.text * LINE : 0) + 6
}

/** @param {SheetCanvas} sheet @param {SheetCell} cell @param {number} x @param {number} y */
function drawCell(sheet, cell, x, y) {
  if (cell.title) sheet.entry(cell.title, cell.color, x, y, "head", true)
  if (cell.note) sheet.text(cell.note, x, y + SIZES.head * LINE, "text")
  sheet.context.drawImage(cell.canvas, SCALE * x, SCALE * (y + headHeight(cell)))
}

class SheetCanvas {
  /** @param {HTMLCanvasElement} canvas @param {Look} look */
  constructor(canvas, look) {
    this.canvas = canvas
    this.look = look
    this.context = contextOf(canvas)
  }

  /** @param {number} width @param {number} height */
  begin(width, height) {
    this.canvas.width = Math.ceil(SCALE * width)
    this.canvas.height = Math.ceil(SCALE * height)
    this.context.fillStyle = this.look.background
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height)
  }

  /** @param {Size} size @param {boolean} bold */
  set(size, bold) {
    this.context.font = `${bold ? "600 " : ""}${SCALE * SIZES[size]}px ${this.look.font}`
    this.context.textBaseline = "top"
  }

  /** @param {string} text @param {Size} size */
  width(text, size, bold = false) {
    this.set(size, bold)
    return this.context.measureText(text).width / SCALE
  }

  /** @param {string} text @param {number} x @param {number} y @param {Size} size */
  text(text, x, y, size, bold = false) {
    this.set(size, bold)
    this.context.fillStyle = this.look.text
    this.context.fillText(text, SCALE * x, SCALE * (y + 1))
  }

  /**
   * A name behind a dot of a colour, if it has one.
   * @param {string} name
   * @param {string | undefined} color
   * @param {number} x
   * @param {number} y
   * @param {Size} size
   */
  entry(name, color, x, y, size, bold = false) {
    if (color) {
      this.context.fillStyle = color
      this.context.beginPath()
      this.context.arc(SCALE * (x + 5), SCALE * (y + SIZES[size] / 2 + 1), SCALE * 5, 0, 7)
      this.context.fill()
    }
    this.text(name, x + (color ? 16 : 0), y, size, bold)
  }

  /** @param {string} text @param {Size} size @param {number} room */
  wrap(text, size, room) {
    const lines = [""]
    for (const word of text.split(" ")) {
      const last = lines.at(-1)
      const longer = last ? `${last} ${word}` : word
      if (last && this.width(longer, size) > room) lines.push(word)
      else lines[lines.length - 1] = longer
    }
    return lines
  }

  /**
   * Where a legend's entries stand, in as many lines as they take.
   * @param {Entry[]} legend
   * @param {number} room
   */
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
