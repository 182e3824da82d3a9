// A chart as a picture: its SVGs, with the page's font, drawn on a canvas.
import { contextOf } from "./elements.js"
import { SCALE } from "./snapshot_sheet.js"

const NAMESPACE = "http://www.w3.org/2000/svg"
const TRANSIENT = ".hoverlayer, .draglayer, .zoomlayer"

/**
 * The chart of the element with a Streamlit key, as a cell of a sheet.
 * @param {string} key
 * @param {import("./snapshot_sheet.js").Look} look
 */
export async function chartCell(key, look) {
  const plot = document.querySelector(`.st-key-${CSS.escape(key)} .js-plotly-plot`)
  const layers = /** @type {SVGSVGElement[]} */ ([
    ...(plot?.querySelectorAll(".svg-container > .main-svg") ?? []),
  ])
  if (!layers.length) throw new Error("the chart is not on the page yet.")
  const { width, height } = layers[0].getBoundingClientRect()
  const whole = document.createElementNS(NAMESPACE, "svg")
  whole.setAttribute("xmlns", NAMESPACE)
  whole.setAttribute("width", String(SCALE * width))
  whole.setAttribute("height", String(SCALE * height))
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`)
  const style = document.createElementNS(NAMESPACE, "style")
  style.textContent = await fontFaces(look.font)
  whole.append(style, ...layers.map(bare))
  const text = new XMLSerializer().serializeToString(whole)
  const image = new Image()
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
  await image.decode()
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(SCALE * width)
  canvas.height = Math.round(SCALE * height)
  contextOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height)
  return { canvas }
}

/** A layer without what is there for the pointer alone. @param {SVGSVGElement} layer */
function bare(layer) {
  const copy = /** @type {SVGSVGElement} */ (layer.cloneNode(true))
  for (const part of copy.querySelectorAll(TRANSIENT)) part.remove()
  return copy
}

/**
 * An SVG drawn as an image sees none of the page's fonts: those of its text go with it.
 * @param {string} fonts
 */
async function fontFaces(fonts) {
  const families = fonts.split(",").map(plain)
  const rules = [...document.styleSheets]
    .flatMap(rulesOf)
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .filter(({ style }) => families.includes(plain(style.getPropertyValue("font-family"))))
    .filter(({ style }) => style.getPropertyValue("font-style") !== "italic")
  const faces = await Promise.all(rules.map(embedded))
  return faces.join("\n")
}

/** @param {CSSStyleSheet} sheet */
function rulesOf(sheet) {
  try {
    return [...sheet.cssRules]
  } catch {
    return [] // of another origin
  }
}

/** @param {string} family */
function plain(family) {
  return family.trim().replace(/^["']|["']$/g, "")
}

/** @param {CSSFontFaceRule} rule */
async function embedded(rule) {
  const source = rule.style.getPropertyValue("src")
  const [, address] = source.match(/url\(["']?([^"')]+)["']?\)/) ?? []
  if (!address) return ""
  const response = await fetch(new URL(address, rule.parentStyleSheet?.href ?? document.baseURI))
  if (!response.ok) return ""
  const data = await dataUrl(await response.blob())
  return rule.cssText.replace(source, `url("${data}")`)
}

/** @param {Blob} blob @returns {Promise<string>} */
function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(/** @type {string} */ (reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}
