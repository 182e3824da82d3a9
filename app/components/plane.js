// Panels of planes whose markers stand at one place: pointed at in one, it is decoded in all.
// Live from a lattice of decoded codes; where the pointer rests, by the server.
const REST = 150 // milliseconds
const planes = new WeakMap()

class Planes {
  constructor(root) {
    this.root = root
    this.place = [0, 0]
    this.epoch = Infinity
    this.sizes = new ResizeObserver((entries) => {
      for (const { target } of entries) target.closest(".panel").panel.draw()
    })
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        target.panel.seen = isIntersecting
        target.panel.load()
      }
    }, { rootMargin: "200px" })
    this.legend = element("ul", "legend")
    this.where = element("p", "where")
    this.where.setAttribute("role", "status")
    this.grid = element("div", "grid")
    this.replay = this.makeReplay()
    root.replaceChildren(element("div", "head", [this.legend, this.replay]), this.where, this.grid)
    this.panels = []
  }

  makeReplay() {
    this.slider = element("input", "")
    this.slider.type = "range"
    this.slider.min = "1"
    this.count = element("span", "count")
    this.slider.oninput = () => this.replayTo(Number(this.slider.value))
    return element("label", "replay", ["Epoch", this.slider, this.count])
  }

  update({ data, setTriggerValue }) {
    const changed = this.settings?.version !== data.version
    Object.assign(this, { settings: data, setTriggerValue })
    const style = getComputedStyle(this.root)
    this.style = {
      text: style.color, font: style.fontFamily,
      grid: style.getPropertyValue("--st-border-color").trim(),
    }
    while (this.panels.length < data.panels.length) {
      this.panels.push(new Panel(this))
      this.grid.append(this.panels.at(-1).root)
    }
    this.legend.replaceChildren(...data.classes.map((name, label) => {
      const dot = element("span", "dot")
      dot.style.background = data.colors[label]
      return element("li", "", [dot, name])
    }))
    const most = Math.max(...data.panels.map(({ epochs }) => epochs))
    this.replay.hidden = data.tiles || most < 2
    this.slider.max = String(most)
    if (changed) this.epoch = most
    this.slider.value = String(this.epoch)
    this.count.textContent = `${this.epoch} of ${most}`
    this.panels.forEach((panel, at) => panel.update(data.panels[at], data))
    const sound = this.panels.filter((panel) => panel.data.square)
    const enlarged = sound.find((panel) => panel.data.name === data.enlarged)
    const active = enlarged ?? (sound.includes(this.active) ? this.active : sound[0])
    if (active && (changed || active !== this.active)) this.point(active, null)
  }

  inTurn(task) {
    this.turn = Promise.resolve(this.turn).then(task)
  }

  enlarge(name) {
    this.setTriggerValue("enlarge", name)
  }

  // Mark a place, given as shares of a panel's square (null: where the marker is), in all panels.
  point(panel, at) {
    if (!panel.data.square && at) return
    this.active = panel
    if (at) this.place = placeAt(panel.square, at)
    this.exact = null
    this.request?.abort()
    clearTimeout(this.rest)
    this.rest = setTimeout(() => this.decode(), REST)
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null
      this.panels.forEach((each) => each.show())
      this.say()
      this.panels.forEach(({ root }) => root.classList.toggle("active", root.panel === this.active))
    })
  }

  async decode() {
    this.request = new AbortController()
    const { signal } = this.request
    const [x, y] = this.place
    const { source, panels, version } = this.settings
    try {
      const path = `${source}/decode.bin?x=${x}&y=${y}&v=${version}`
      const records = new Uint8Array(await read(path, signal))
      if (signal.aborted) return
      this.exact = new Map(panels.map(({ name }, at) =>
        [name, records.subarray(at * RECORD, (at + 1) * RECORD)]))
      this.panels.forEach((panel) => panel.show())
      this.say()
    } catch (error) {
      if (!signal.aborted) this.say(`The server cannot decode this place: ${error.message}`)
    }
  }

  say(problem = "") {
    const [x, y] = this.place.map(number)
    const { data, reading } = this.active
    this.where.textContent = problem || `z = (${x}, ${y}) · ${data.title}: ${reading ?? "…"}`
    this.where.classList.toggle("problem", Boolean(problem))
  }

  async replayTo(epoch) {
    this.epoch = epoch
    this.count.textContent = `${epoch} of ${this.slider.max}`
    const shown = this.panels.filter(({ data, codes }) => data.epochs && codes)
    await Promise.all(shown.map((panel) => panel.replay ?? panel.fetch("replay", (buffer) => {
      panel.replay = fromHalf(buffer, buffer.byteLength / 2)
    })))
    this.frames ??= requestAnimationFrame(() => {
      this.frames = null
      this.panels.forEach((panel) => panel.draw())
    })
  }

  stop() {
    this.sizes.disconnect()
    this.sight.disconnect()
    this.request?.abort()
    clearTimeout(this.rest)
  }
}

export default function (component) {
  const { parentElement } = component
  if (!planes.has(parentElement)) {
    planes.set(parentElement, new Planes(parentElement.querySelector(".plane")))
  }
  planes.get(parentElement).update(component)
  return () => {
    planes.get(parentElement)?.stop()
    planes.delete(parentElement)
  }
}
