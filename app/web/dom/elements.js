// Parts of the live views: elements, sharp grey images, numbers.
import { PIXELS, SIDE } from "../engine/networks.js"
import "./busy.js" // which says on the document whether a view waits

// element("p", "note", ["text", child], { role: "status" })
export function element(tag, name = "", parts = [], attributes = {}) {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.append(...parts)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  return made
}

// A number as the pages write it, with a true minus.
export function number(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−")
}

// A canvas of an image's own pixels; style.css scales it and keeps it sharp.
export function imageCanvas(label = "") {
  const canvas = element("canvas", "pixels", [], { role: "img", "aria-label": label })
  canvas.width = SIDE
  canvas.height = SIDE
  return canvas
}

const shared = new ImageData(SIDE, SIDE)
shared.data.fill(255)

// Draw grey uint8 [784], or float32 [784] in [0, 1], on an imageCanvas (or at a place of another).
export function drawImage(canvas, grey, x = 0, y = 0) {
  const scale = grey instanceof Float32Array ? 255 : 1
  const { data } = shared
  for (let pixel = 0, at = 0; pixel < PIXELS; pixel += 1, at += 4) {
    data[at] = scale * grey[pixel] // which rounds, being clamped
    data[at + 1] = data[at]
    data[at + 2] = data[at]
  }
  canvas.getContext("2d").putImageData(shared, x, y)
}

export function clear(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height)
}

// A canvas in step with its size on screen and the screen's pixels: its context and scale.
export function fit(canvas) {
  const scale = window.devicePixelRatio || 1
  const width = Math.max(1, Math.round(canvas.clientWidth * scale))
  const height = Math.max(1, Math.round(canvas.clientHeight * scale))
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  return [canvas.getContext("2d"), scale]
}

// Calls of the result are gathered into one of `draw` at the next frame.
export function onFrame(draw) {
  let frame = null
  return () => {
    frame ??= requestAnimationFrame((now) => {
      frame = null
      draw(now)
    })
  }
}

// A run's heading: label, and under it what it minimises and its bound.
export function runHeading(run) {
  const label = element("strong", "label", [run.label])
  label.style.setProperty("--run", run.color)
  return element("div", "heading", [label, element("span", "summary", [run.summary])])
}
