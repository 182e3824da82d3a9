// A grid of small grey images, each drawn on a canvas of its own pixels and scaled by CSS alone.

function decodeBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function draw(canvas, grey, size) {
  canvas.width = size
  canvas.height = size
  const context = canvas.getContext("2d")
  const image = context.createImageData(size, size)
  for (let pixel = 0; pixel < size * size; pixel += 1) {
    image.data.fill(grey[pixel], 4 * pixel, 4 * pixel + 3)
    image.data[4 * pixel + 3] = 255
  }
  context.putImageData(image, 0, 0)
}

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

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const grid = parentElement.querySelector(".tiles")
  const tag = data.pickable ? "button" : "figure"
  grid.style.setProperty("--columns", data.columns)
  grid.style.setProperty("--narrow-columns", data.narrowColumns)
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
  Array.from(grid.children).forEach((element, index) => {
    const [canvas, caption] = element.children
    draw(canvas, pixels.subarray(index * area, (index + 1) * area), data.size)
    canvas.setAttribute("aria-label", data.alts[index])
    caption.textContent = data.captions[index] ?? ""
    caption.hidden = !data.captions.length
    element.classList.toggle("wrong", data.wrong.includes(index))
    element.classList.toggle("picked", data.picked === index)
    if (data.pickable) {
      element.type = "button"
      element.setAttribute("aria-pressed", String(data.picked === index))
      element.onclick = () => setTriggerValue("pick", index)
    }
  })
  grid.dataset.ready = "true"
}
