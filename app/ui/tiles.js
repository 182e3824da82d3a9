// A grid of small grey images, each drawn on a canvas of its own pixels and scaled by CSS alone.
/** @import { Component } from "../web/dom/streamlit.js" */
/** @import { Payload } from "./tiles.payload.js" */

/** @param {string} text */
function decodeBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** @param {HTMLCanvasElement} canvas @param {Uint8Array} grey @param {number} size */
function draw(canvas, grey, size) {
  canvas.width = size
  canvas.height = size
  const context = canvas.getContext("2d")
  if (!context) throw new Error("this browser cannot draw on a canvas")
  const image = context.createImageData(size, size)
  for (let pixel = 0; pixel < size * size; pixel += 1) {
    image.data.fill(grey[pixel], 4 * pixel, 4 * pixel + 3)
    image.data[4 * pixel + 3] = 255
  }
  context.putImageData(image, 0, 0)
}

/** @param {"button" | "figure"} tag */
function tile(tag) {
  const element = document.createElement(tag)
  element.className = "tile"
  const canvas = document.createElement("canvas")
  canvas.setAttribute("role", "img")
  const caption = document.createElement("span")
  caption.className = "caption"
  element.append(canvas, caption)
  return element
}

/** @param {Component<Payload>} component */
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const grid = /** @type {HTMLElement} */ (parentElement.querySelector(".tiles"))
  const tag = data.pickable ? "button" : "figure"
  grid.style.setProperty("--columns", String(data.columns))
  grid.style.setProperty("--narrow-columns", String(data.narrowColumns))
  grid.style.setProperty("--tile", `${data.width}px`)
  grid.classList.toggle("fixed", data.columns > 0)
  grid.setAttribute("aria-label", data.label)
  while (grid.children.length > data.count || grid.firstElementChild?.localName !== tag) {
    if (!grid.lastElementChild) break
    grid.lastElementChild.remove()
  }
  while (grid.children.length < data.count) grid.append(tile(tag))

  const pixels = decodeBase64(data.pixels)
  const area = data.size * data.size
  const elements = /** @type {HTMLCollectionOf<HTMLElement>} */ (grid.children)
  Array.from(elements).forEach((element, index) => {
    const [canvas, caption] = /** @type {[HTMLCanvasElement, HTMLElement]} */ ([
      ...element.children,
    ])
    draw(canvas, pixels.subarray(index * area, (index + 1) * area), data.size)
    canvas.setAttribute("aria-label", data.alts[index])
    caption.textContent = data.captions[index] ?? ""
    caption.hidden = !data.captions.length
    element.classList.toggle("wrong", data.wrong.includes(index))
    element.classList.toggle("picked", data.picked === index)
    if (element instanceof HTMLButtonElement) {
      element.type = "button"
      element.setAttribute("aria-pressed", String(data.picked === index))
      element.onclick = () => setTriggerValue("pick", index)
    }
  })
  grid.dataset.ready = "true"
}
