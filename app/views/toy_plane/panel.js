// One panel: a plane, the marker in it, and what the marked place decodes to.

import { clear, contextOf, element, number } from "../../web/dom/elements.js"
import { drawImage, fitImages, imageCanvas } from "../../web/dom/images.js"
import { SCALE } from "../../web/dom/snapshot_sheet.js"
import { numbersOf } from "../../web/engine/image.js"
import { PanelData } from "./data.js"
import {
  clearedPlane,
  drawAxes,
  drawBound,
  drawMarker,
  drawPoints,
  interpolate,
  planeContext,
  shares,
  tilePicture,
  within,
} from "./draw.js"

/** @import { SheetCell } from "../../web/dom/snapshot_sheet.js" */
/** @import { PlaneContext, Place } from "./draw.js" */
/** @import { PanelPayload, Payload } from "./widget.payload.js" */
/** @import { View } from "./widget.js" */

/** @type {Record<string, Place>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const STEP = 0.01 // of the square, and ten times that with Shift
const ON_IMAGES = "#ffc400" // the bound's circle on decoded images, which are dark in any theme

const clamp = (/** @type {number} */ share) => Math.min(1, Math.max(0, share))

export class Panel {
  /** @type {PanelPayload} */
  data
  /** @type {PanelData} */
  server
  square = { x: 0, y: 0, half: 1 }
  seen = false // whether it is on the screen, or near
  reading = "…" // what the classifier says
  /** @type {HTMLCanvasElement | null} */
  tiles = null // the decoded images
  /** @type {Place | null} */
  decoded = null // the place whose image is shown

  /** @param {View} view */
  constructor(view) {
    this.view = view
    this.title = element("button", "title", [], { type: "button", "data-help": "title" })
    this.canvas = element("canvas", "points")
    this.marker = element("div", "marker")
    this.outside = element("span", "outside", ["z is outside"])
    this.note = element("p", "note")
    const layers = [this.canvas, this.marker, this.outside, this.note]
    this.plot = element("div", "plot", layers, { tabindex: "0", role: "application" })
    this.digit = imageCanvas()
    this.about = element("span", "about", ["≈"], { title: "interpolated" })
    this.guess = element("p", "guess", [], { "data-help": "guess" })
    this.numbers = element("dl", "numbers")
    const digit = element("div", "digit", [this.digit, this.about])
    const read = element("div", "read", [digit, this.guess])
    const side = element("div", "side", [read, this.numbers])
    this.root = element("section", "panel", [this.title, element("div", "body", [this.plot, side])])
    this.listen()
  }

  listen() {
    const { plot, view } = this
    this.title.onclick = () => view.enlarge(this.data.name)
    const point = (/** @type {PointerEvent} */ event) => {
      const box = plot.getBoundingClientRect()
      view.point(this, [
        clamp((event.clientX - box.left) / box.width),
        clamp((event.clientY - box.top) / box.height),
      ])
    }
    plot.onpointerdown = (event) => {
      if (!this.data.square || !event.isPrimary || event.button) return
      plot.setPointerCapture(event.pointerId)
      view.hold()
      point(event)
    }
    plot.onlostpointercapture = () => view.release()
    plot.onpointermove = (event) => {
      if (event.isPrimary && (event.pointerType === "mouse" || event.buttons)) point(event)
    }
    plot.onkeydown = (event) => {
      const step = STEPS[event.key]
      if (!this.data.square || (!step && event.key !== "Home")) return
      event.preventDefault()
      const share = event.shiftKey ? 10 * STEP : STEP
      const [across, down] = shares(this.square, step ? view.place : [0, 0])
      const [right, below] = step ?? [0, 0]
      view.wake()
      view.point(this, [clamp(across + share * right), clamp(down + share * below)])
    }
  }

  /** @param {PanelPayload} data @param {Payload} settings */
  update(data, settings) {
    const { version, extent, enlarged } = settings
    const owner = { source: `${settings.source}/${data.name}`, version }
    if (this.server?.isOf(owner)) {
      if (this.server.extent !== extent) this.tiles = null
      this.server.update(data, extent)
    } else {
      this.server = new PanelData(data, owner, extent, () => {
        this.draw()
        this.view.redraw()
      })
      this.tiles = null
      this.decoded = null
    }
    this.data = data
    const [x, y, half] = data.square ?? [0, 0, 1]
    this.square = { x, y, half }
    this.title.textContent = data.title
    this.title.disabled = !data.square
    this.title.setAttribute("aria-pressed", String(enlarged === data.name))
    this.root.classList.toggle("enlarged", enlarged === data.name)
    this.root.classList.toggle("broken", !data.square)
    this.plot.setAttribute("aria-label", `Plane of ${data.title}: arrow keys move the marker`)
    this.digit.dataset.testid = `live-${data.name}`
    fitImages(this.digit, settings.image)
    this.numbers.replaceChildren(
      ...data.numbers.flatMap(([name, value]) => [
        element("dt", "", [name], { "data-help": name }),
        element("dd", "", [value]),
      ]),
    )
    this.load()
    this.draw()
  }

  // Ask for what is to be seen: nothing of a panel that is off the screen; lattices, which the
  // server has to make, one panel after another.
  load() {
    const { server } = this
    if (!server || !this.data.square || !this.seen) return
    const { extent } = server
    server.loadCodes()
    if (this.view.replayed) server.loadReplay()
    this.view.inTurn(() =>
      server === this.server && server.extent === extent ? server.loadLattice() : null,
    )
  }

  /** Whether its decoder is still to be fetched. */
  get lacksDecoder() {
    const { data, seen, server } = this
    return Boolean(
      data.square
        && seen
        && server
        && !server.decoder
        && !server.remote
        && !server.problems.decoder,
    )
  }

  // What stands in for the plane: what is wrong, or that it is on its way.
  tell() {
    const { data, server } = this
    const { settings, epoch } = this.view
    const shown = settings.tiles ? server.lattice : server.codesAt(epoch)
    const [problem = shown ? "" : "Loading…"] = Object.values(server.problems)
    this.note.textContent = data.error || problem
  }

  draw() {
    if (!this.server) return
    this.tell()
    this.root.dataset.ready = String(Boolean(this.server.codes && this.server.lattice))
    const plane = clearedPlane(this.canvas, this.square)
    if (this.data.square) this.paint(plane)
  }

  // Numbers are the server's, of the epoch that it knows: those of another one are on their way.
  showAge() {
    const { epoch, settings } = this.view
    this.numbers.classList.toggle("stale", epoch !== settings.pointed.value.epoch)
  }

  /** The plane as it is, at twice its size, with the marker. @returns {SheetCell} */
  snapshot() {
    const canvas = element("canvas")
    canvas.width = SCALE * this.plot.clientWidth
    canvas.height = canvas.width
    const plane = planeContext(contextOf(canvas), SCALE, this.square)
    this.paint(plane)
    drawMarker(plane, this.view.place, this.view.style.text)
    return { canvas, title: this.data.title, note: this.reading }
  }

  /** @param {PlaneContext} plane */
  paint(plane) {
    const { data, server } = this
    const { settings, style, epoch } = this.view
    const codes = server.codesAt(epoch)
    if (settings.tiles && server.lattice) {
      this.tiles ??= tilePicture(server.lattice, settings.side, settings.image)
      plane.context.drawImage(this.tiles, 0, 0, plane.side, plane.side)
    } else if (!settings.tiles && codes) {
      drawAxes(plane, style)
      drawPoints(plane, codes, server.labels, settings.colors)
    } else {
      return
    }
    if (data.bound) drawBound(plane, data.bound, settings.tiles ? ON_IMAGES : style.text)
  }

  /**
   * The marker and what it decodes to: by the panel's own decoder, else as the server has answered,
   * else interpolated. True: its decoder had to wait, so that the image is of a place before, and the
   * panel has to be shown again.
   * @param {boolean} hurry
   */
  show(hurry) {
    if (!this.server || !this.data.square) return false
    const { decoder, lattice } = this.server
    const { place, answer, settings } = this.view
    const at = shares(this.square, place)
    this.mark(at)
    const record =
      answer?.get(this.data.name)
      ?? (within(at) && lattice ? interpolate(lattice, settings.side, at) : null)
    const due = Boolean(decoder && this.seen && this.decoded !== place)
    if (decoder && due && !hurry) {
      drawImage(this.digit, decoder.decode(place), settings.image)
      this.decoded = place
    }
    const late = due && hurry
    if (!late) this.picture(record)
    this.read(record)
    return late
  }

  /** @param {Place} at in shares of the square */
  mark(at) {
    const { marker, outside, plot } = this
    const { place } = this.view
    const inside = within(at)
    marker.hidden = !inside
    outside.hidden = inside
    marker.style.left = `${100 * at[0]}%`
    marker.style.top = `${100 * at[1]}%`
    plot.setAttribute("aria-description", `${number(place[0])}, ${number(place[1])}`)
  }

  /**
   * Draws a record's image, or nothing, unless the place itself has been decoded.
   * @param {Uint8Array | Uint8ClampedArray | null} record
   */
  picture(record) {
    const { digit, decoded } = this
    const { place, answer, settings } = this.view
    if (decoded !== place && record) drawImage(digit, record, settings.image)
    if (decoded !== place && !record) clear(digit)
    const exact = decoded === place || Boolean(answer)
    this.about.hidden = exact || !record
    digit.dataset.exact = String(exact)
    digit.dataset.code = JSON.stringify(place)
  }

  /** @param {Uint8Array | Uint8ClampedArray | null} record */
  read(record) {
    const { answer } = this.view
    const { classes, image } = this.view.settings
    const chances = record ? Array.from(record.subarray(numbersOf(image))) : []
    const best = chances.indexOf(Math.max(...chances))
    const share = Math.round(chances[best] / 2.55)
    this.reading = record ? `${answer ? "" : "≈ "}${classes[best]} (${share} %)` : "…"
    this.guess.textContent = this.reading
    this.digit.setAttribute("aria-label", `Decoded by ${this.data.title}: ${this.reading}`)
  }
}
