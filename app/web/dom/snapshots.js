// Pictures of what the browser shows, and the server does not have: zoomed maps, charts.

import { withText } from "./png_text.js"
import { chartPanel } from "./snapshot_chart.js"
import { compose } from "./snapshot_sheet.js"

const CHART = "chart:"
const makers = new Map() // by a live view's name

// A live view can be taken a picture of as long as it has not been withdrawn. `make` gives the
// panels { canvas, title, note, color }, how many stand in a row, the legend { name, color }, and what
// the caption is to tell besides what the server knows.
export function offerPicture(name, make) {
  makers.set(name, make)
}

export function withdrawPicture(name, make) {
  if (makers.get(name) === make) makers.delete(name)
}

// A PNG of a chart or a live view, with a title and a caption that its text entries repeat.
export async function picture({ source, title, caption }, look) {
  const shown = source.startsWith(CHART)
    ? { panels: [await chartPanel(source.slice(CHART.length), look)] }
    : makers.get(source)?.()
  if (!shown?.panels.length) throw new Error("it is not on the page yet.")
  const told = [caption, shown.told].filter(Boolean).join(" · ")
  const sheet = compose(shown, { title, caption: told, look })
  const blob = await new Promise((resolve) => {
    sheet.toBlob(resolve, "image/png")
  })
  if (!blob) throw new Error("the browser has no room for so large a picture.")
  return withText(blob, { Title: title, Description: told })
}
