// One panel: a plane, the marker in it, and what the marked place decodes to.
const number = (value) => value.toFixed(2).replace("-", "−")
const element = (tag, name, parts = []) => {
  const made = document.createElement(tag)
  made.className = name
  made.append(...parts)
  return made
}

async function read(path, signal) {
  const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL("./", location.href).href
  const response = await fetch(new URL(path, base), { signal })
  if (!response.ok) throw new Error((await response.text()).slice(0, 300))
  return response.arrayBuffer()
}

class Panel {
  constructor(plane) {
    this.plane = plane
    this.title = element("button", "title")
    this.title.type = "button"
    this.canvas = element("canvas", "points")
    this.marker = element("div", "marker")
    this.outside = element("span", "outside", ["z is outside"])
    this.note = element("p", "note")
    this.plot = element("div", "plot", [this.canvas, this.marker, this.outside, this.note])
    this.plot.tabIndex = 0
    this.plot.setAttribute("role", "application")
    this.digit = element("canvas", "digit")
    this.digit.width = this.digit.height = 28
    this.digit.setAttribute("role", "img")
    this.guess = element("p", "guess")
    this.numbers = element("dl", "numbers")
    const side = element("div", "side", [element("div", "read", [this.digit, this.guess]),
      this.numbers])
    this.root = element("section", "panel", [this.title, element("div", "body", [this.plot, side])])
    this.root.panel = this
    this.listen()
    plane.sizes.observe(this.plot)
    plane.sight.observe(this.root)
  }

  listen() {
    this.title.onclick = () => this.plane.enlarge(this.data.name)
    const point = (event) => {
      const box = this.plot.getBoundingClientRect()
      this.plane.point(this, [
        Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)),
        Math.min(1, Math.max(0, (event.clientY - box.top) / box.height)),
      ])
    }
    this.plot.onpointerdown = (event) => {
      this.plot.setPointerCapture(event.pointerId)
      point(event)
    }
    this.plot.onpointermove = (event) => {
      if (event.pointerType === "mouse" || event.buttons) point(event)
    }
    this.plot.onkeydown = (event) => {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
      const step = steps[event.key]
      if (!this.data.square || (!step && event.key !== "Home")) return
      event.preventDefault()
      const now = event.key === "Home" ? [0, 0] : this.plane.place
      const share = event.shiftKey ? 0.1 : 0.01
      this.plane.point(this, shares(this.square, now).map(
        (value, axis) => Math.min(1, Math.max(0, value + share * (step?.[axis] ?? 0)))))
    }
  }

  update(data, settings) {
    const { version, extent } = settings
    if (this.version !== version || this.data?.name !== data.name) {
      Object.assign(this, { codes: null, replay: null, lattice: null, loading: {}, problem: "" })
    }
    if (this.extent !== extent) Object.assign(this, { lattice: null, picture: null })
    Object.assign(this, { data, version, extent })
    this.source = (part) => `${settings.source}/${data.name}/${part}.bin?v=${version}`
    const [x, y, half] = data.square ?? [0, 0, 1]
    this.square = { x, y, half }
    this.title.textContent = data.title
    this.title.disabled = !data.square
    const enlarged = settings.enlarged === data.name
    this.title.setAttribute("aria-pressed", String(enlarged))
    this.root.classList.toggle("enlarged", enlarged)
    this.root.classList.toggle("broken", !data.square)
    this.plot.setAttribute("aria-label", `Plane of ${data.title}: arrow keys move the marker`)
    this.numbers.replaceChildren(...data.numbers.flatMap(([name, value]) => [
      element("dt", "", [name]), element("dd", "", [value])]))
    this.load()
    this.draw()
    this.show()
  }

  // Ask for what is to be seen: nothing of a panel that is off the screen; lattices, which the
  // server has to make, one panel after another.
  load() {
    if (!this.data?.square || !this.seen) return
    if (!this.codes) {
      this.fetch("codes", (buffer) => {
        this.labels = new Uint8Array(buffer, (buffer.byteLength / 5) * 4)
        this.codes = fromHalf(buffer, 2 * this.labels.length)
      })
    }
    const { extent } = this
    this.plane.inTurn(() => {
      if (this.lattice || this.extent !== extent) return null
      return this.fetch(extent, (buffer) => {
        if (this.extent === extent) this.lattice = new Uint8Array(buffer)
      })
    })
  }

  // A part from the server, asked for once at a time; what comes too late is dropped.
  fetch(part, keep) {
    const { version, loading } = this
    loading[part] ??= read(this.source(part)).then((buffer) => {
      if (this.version === version) keep(buffer)
      this.problem = ""
    }).catch((error) => {
      this.problem = `The server does not send ${part}: ${error.message}`
    }).finally(() => {
      loading[part] = null
      this.draw()
      this.show()
    })
    return loading[part]
  }

  draw() {
    const { data, plane } = this
    const { settings, style } = plane
    if (!data || !settings) return
    const [context, side] = fit(this.canvas)
    const shown = settings.tiles ? this.lattice : this.codes
    this.note.textContent = data.error || this.problem || (shown ? "" : "Loading…")
    this.root.dataset.ready = String(Boolean(this.codes && this.lattice))
    if (!shown || !data.square) return
    if (settings.tiles) {
      this.picture ??= tilePicture(this.lattice, settings.side)
      context.drawImage(this.picture, 0, 0, side, side)
    } else {
      drawAxes(context, side, this.square, style)
      drawPoints(context, side, this.square, this.codesAt(plane.epoch), this.labels,
        settings.colors)
    }
    if (data.bound) {
      drawBound(context, side, this.square, data.bound, settings.tiles ? "#ffc400" : style.text)
    }
  }

  codesAt(epoch) {
    if (!this.replay || epoch >= this.data.epochs) return this.codes
    const size = this.codes.length
    return this.replay.subarray((epoch - 1) * size, epoch * size)
  }

  // The marker and what it decodes to: by the server if that has answered, else interpolated.
  show() {
    const { place, exact, settings } = this.plane
    if (!this.data?.square) return
    const at = shares(this.square, place)
    const inside = within(at)
    this.marker.hidden = !inside
    this.outside.hidden = inside
    this.marker.style.left = `${100 * at[0]}%`
    this.marker.style.top = `${100 * at[1]}%`
    const record = exact?.get(this.data.name)
      ?? (inside && this.lattice ? interpolate(this.lattice, settings.side, at) : null)
    drawDigit(this.digit, record)
    const chances = record ? Array.from(record.subarray(PIXELS)) : []
    const best = chances.indexOf(Math.max(...chances))
    const share = Math.round(chances[best] / 2.55)
    const about = exact ? "" : "≈ "
    this.reading = record ? `${about}${settings.classes[best]} (${share} %)` : "…"
    this.guess.textContent = this.reading
    this.digit.setAttribute("aria-label", `Decoded by ${this.data.title}: ${this.reading}`)
    this.digit.dataset.exact = String(Boolean(exact))
    this.plot.setAttribute("aria-description", `${number(place[0])}, ${number(place[1])}`)
  }
}
