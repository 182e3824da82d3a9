// Parts of the live views: elements, numbers, canvases.
import "./busy.js" // which says on the document whether a view waits

/**
 * element("p", "note", ["text", child], { role: "status" })
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} name the class, or several
 * @param {(Node | string)[]} parts
 * @param {Record<string, string | number>} attributes
 */
export function element(tag, name = "", parts = [], attributes = {}) {
  const made = document.createElement(tag)
  if (name) made.className = name
  made.append(...parts)
  for (const [attribute, value] of Object.entries(attributes)) {
    made.setAttribute(attribute, String(value))
  }
  return made
}

/** A number as the pages write it, with a true minus. @param {number} value */
export function number(value, digits = 2) {
  return value.toFixed(digits).replace("-", "−")
}

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings)
  if (!context) throw new Error("this browser cannot draw on a canvas")
  return context
}

/** What went wrong, in words. @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error)
}

/** @param {HTMLCanvasElement} canvas */
export function clear(canvas) {
  contextOf(canvas).clearRect(0, 0, canvas.width, canvas.height)
}

/**
 * A canvas in step with its size on screen and the screen's pixels: its context and scale.
 * @param {HTMLCanvasElement} canvas
 * @returns {[context: CanvasRenderingContext2D, scale: number]}
 */
export function fit(canvas) {
  const scale = window.devicePixelRatio || 1
  const width = Math.max(1, Math.round(canvas.clientWidth * scale))
  const height = Math.max(1, Math.round(canvas.clientHeight * scale))
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  return [contextOf(canvas), scale]
}

/** Calls of the result are gathered into one of `draw` at the next frame. @param {() => void} draw */
export function onFrame(draw) {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      draw()
    })
  }
}

/**
 * Replaces children only where they changed, which leaves focus and pointer capture alone.
 * @param {Element} parent
 * @param {Element[]} children
 */
export function replaceChildren(parent, children) {
  const same =
    children.length === parent.children.length
    && children.every((child, at) => child === parent.children[at])
  if (!same) parent.replaceChildren(...children)
}
