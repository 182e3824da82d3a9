// One panel: a plane, the marker in it, and what the marked place decodes to.

import { clear, drawImage, element, imageCanvas, number } from "../../web/dom/elements.js"
import { SCALE } from "../../web/dom/snapshot_sheet.js"
import { PIXELS } from "../../web/engine/networks.js"
import { fromHalf } from "../../web/engine/safetensors.js"
import { load, loadArray, loaded } from "../../web/engine/weights.js"
import {
  drawAxes,
  drawBound,
  drawMarker,
  drawPoints,
  interpolate,
  penOf,
  penOn,
  shares,
  tilePicture,
  within,
} from "./draw.js"

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
const STEP = 0.01 // of the square, and ten times that with Shift
const ON_IMAGES = "#ffc400" // the bound's circle on decoded images, which are dark in any theme

const clamp = (share) => Math.min(1, Math.max(0, share))

export class Panel {
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
    this.image = new Float32Array(PIXELS)
    this.listen()
  }

  listen() {
    const { plot, view } = this
    this.title.onclick = () => view.enlarge(this.data.name)
    const point = (event) => {
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
      const at = step
        ? shares(this.square, view.place).map((value, axis) => value + share * step[axis])
        : shares(this.square, [0, 0])
      view.wake()
      view.point(this, at.map(clamp))
    }
  }

  update(data, settings) {
    const { version, extent, enlarged } = settings
    const source = `${settings.source}/${data.name}`
    if (this.owner?.source !== source || this.owner.version !== version) {
      this.owner = { source, version }
      Object.assign(this, { codes: null, replay: null, lattice: null, loading: {}, problems: {} })
      Object.assign(this, { tiles: null, decoded: null })
    }
    if (this.extent !== extent) Object.assign(this, { lattice: null, tiles: null })
    Object.assign(this, { data, extent, decoder: data.square && loaded(data, "decoder") })
    const [x, y, half] = data.square ?? [0, 0, 1]
    this.square = { x, y, half }
    this.title.textContent = data.title
    this.title.disabled = !data.square
    this.title.setAttribute("aria-pressed", String(enlarged === data.name))
    this.root.classList.toggle("enlarged", enlarged === data.name)
    this.root.classList.toggle("broken", !data.square)
    this.plot.setAttribute("aria-label", `Plane of ${data.title}: arrow keys move the marker`)
    this.digit.dataset.testid = `live-${data.name}`
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
    if (!this.data?.square || !this.seen) return
    if (!this.codes) {
      this.fetch("codes", (bytes) => {
        const count = bytes.length / 5 // two float16 and a class each
        this.codes = fromHalf(bytes.buffer.slice(0, 4 * count))
        this.labels = bytes.subarray(4 * count)
      })
    }
    const { extent } = this
    this.view.inTurn(() => {
      if (this.lattice || this.extent !== extent) return null
      return this.fetch(extent, (bytes) => {
        if (this.extent === extent) this.lattice = bytes
      })
    })
  }

  loadReplay() {
    if (!this.data.epochs || !this.codes || this.replay) return null
    return this.fetch("replay", (bytes) => {
      this.replay = fromHalf(bytes.buffer)
    })
  }

  // A part from the server, asked for once at a time; what comes too late is dropped.
  fetch(part, keep) {
    const { owner, loading } = this
    loading[part] ??= loadArray(owner, `${part}.bin`, Uint8Array)
      .then((bytes) => {
        if (this.owner === owner) keep(bytes)
        delete this.problems[part]
      })
      .catch((error) => {
        this.problems[part] = `The server does not send ${part}: ${error.message}`
      })
      .finally(() => {
        loading[part] = null
        this.draw()
        this.view.redraw()
      })
    return loading[part]
  }

  async loadDecoder() {
    const { data } = this
    try {
      const decoder = await load(data, "decoder")
      if (this.data.version === data.version) this.decoder = decoder
      delete this.problems.decoder
    } catch (error) {
      this.problems.decoder = `The server does not send the decoder: ${error.message}`
    }
    this.tell()
    this.view.redraw()
  }

  // What stands in for the plane: what is wrong, or that it is on its way.
  tell() {
    const {
      data,
      problems,
      view: { settings },
    } = this
    const shown = settings.tiles ? this.lattice : this.codes
    const [problem = shown ? "" : "Loading…"] = Object.values(problems)
    this.note.textContent = data.error || problem
    return shown
  }

  draw() {
    const { data } = this
    if (!data) return
    const shown = this.tell()
    this.root.dataset.ready = String(Boolean(this.codes && this.lattice))
    const pen = penOf(this.canvas, this.square)
    if (shown && data.square) this.paint(pen)
  }

  // The plane as it is, at twice its size, with the marker.
  snapshot() {
    const canvas = element("canvas")
    canvas.width = canvas.height = SCALE * this.plot.clientWidth
    const pen = penOn(canvas.getContext("2d"), SCALE, this.square)
    this.paint(pen)
    drawMarker(pen, this.view.place, this.view.style.text)
    return { canvas, title: this.data.title, note: this.reading }
  }

  paint(pen) {
    const {
      data,
      view: { settings, style, epoch },
    } = this
    if (settings.tiles) {
      this.tiles ??= tilePicture(this.lattice, settings.side)
      pen.context.drawImage(this.tiles, 0, 0, pen.side, pen.side)
    } else {
      drawAxes(pen, style)
      drawPoints(pen, this.codesAt(epoch), this.labels, settings.colors)
    }
    if (data.bound) drawBound(pen, data.bound, settings.tiles ? ON_IMAGES : style.text)
  }

  codesAt(epoch) {
    if (!this.replay || epoch >= this.data.epochs) return this.codes
    const size = this.codes.length
    return this.replay.subarray((epoch - 1) * size, epoch * size)
  }

  // The marker and what it decodes to: by the panel's own decoder, else as the server has
  // answered, else interpolated. True: its decoder had to wait, so that the image is of a place
  // before, and the panel has to be shown again.
  show(hurry) {
    if (!this.data?.square) return false
    const { place, answer, settings } = this.view
    const at = shares(this.square, place)
    this.mark(at)
    const record =
      answer?.get(this.data.name)
      ?? (within(at) && this.lattice ? interpolate(this.lattice, settings.side, at) : null)
    const due = Boolean(this.decoder && this.seen && this.decoded !== place)
    if (due && !hurry) {
      drawImage(this.digit, this.decoder.decode(place, this.image))
      this.decoded = place
    }
    const late = due && hurry
    if (!late) this.picture(record)
    this.read(record)
    return late
  }

  mark(at) {
    const {
      marker,
      outside,
      plot,
      view: { place },
    } = this
    const inside = within(at)
    marker.hidden = !inside
    outside.hidden = inside
    marker.style.left = `${100 * at[0]}%`
    marker.style.top = `${100 * at[1]}%`
    plot.setAttribute("aria-description", `${number(place[0])}, ${number(place[1])}`)
  }

  // Draw a record's image (none: nothing), unless the place itself has been decoded.
  picture(record) {
    const {
      digit,
      decoded,
      view: { place, answer },
    } = this
    if (decoded !== place && record) drawImage(digit, record)
    if (decoded !== place && !record) clear(digit)
    const exact = decoded === place || Boolean(answer)
    this.about.hidden = exact || !record
    digit.dataset.exact = String(exact)
    digit.dataset.code = JSON.stringify(place)
  }

  read(record) {
    const {
      answer,
      settings: { classes },
    } = this.view
    const chances = record ? Array.from(record.subarray(PIXELS)) : []
    const best = chances.indexOf(Math.max(...chances))
    const share = Math.round(chances[best] / 2.55)
    this.reading = record ? `${answer ? "" : "≈ "}${classes[best]} (${share} %)` : "…"
    this.guess.textContent = this.reading
    this.digit.setAttribute("aria-label", `Decoded by ${this.data.title}: ${this.reading}`)
  }
}
