// Pictures of what the browser shows, and the server does not have: zoomed maps, charts.

import { withText } from "./png_text.js"
import { chartCell } from "./snapshot_chart.js"
import { compose } from "./snapshot_sheet.js"

const CHART = "chart:"
/**
 * @typedef {import("./snapshot_sheet.js").Sheet} Sheet
 * @typedef {import("./snapshot_sheet.js").Look} Look
 * @typedef {() => Sheet & { told?: string }} Maker `told` is what the caption says besides what the
 *   server knows
 */

/** @type {Map<string, Maker>} by a live view's name */
const makers = new Map()

/**
 * Lets visitors save a picture of a live view, until it is unregistered.
 * @param {string} name
 * @param {Maker} make
 */
export function registerPicture(name, make) {
  makers.set(name, make)
}

/** @param {string} name @param {Maker} make */
export function unregisterPicture(name, make) {
  if (makers.get(name) === make) makers.delete(name)
}

/**
 * A PNG of a chart or a live view, with a title and a caption that its text entries repeat.
 * @param {{ source: string, title: string, caption: string }} wanted
 * @param {Look} look
 */
export async function picture({ source, title, caption }, look) {
  /** @type {ReturnType<Maker> | undefined} */
  const shown = source.startsWith(CHART)
    ? { cells: [await chartCell(source.slice(CHART.length), look)] }
    : makers.get(source)?.()
  if (!shown?.cells.length) throw new Error("it is not on the page yet.")
  const told = [caption, shown.told].filter(Boolean).join(" · ")
  const sheet = compose(shown, { title, caption: told, look })
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => {
    sheet.toBlob(resolve, "image/png")
  })
  if (!blob) throw new Error("the browser has no room for so large a picture.")
  return withText(blob, { Title: title, Description: told })
}
