// Gives the points of all maps their colours.
import { classPalette, tonesOf, valuePalette, valueRange } from "./colors.js"

/** @import { MapPanel } from "./panel.js" */
/** @import { Payload } from "./widget.payload.js" */

/**
 * Each point's colour, by its class or by its value on a scale that all maps share. That scale; null
 * where colours go by classes, or where the values asked for are on their way.
 * @param {MapPanel[]} panels
 * @param {Payload} data
 * @param {Uint8Array} labels [N]
 * @param {boolean} dark whether the page is
 */
export function colorPoints(panels, { values, colors }, labels, dark) {
  if (!values) {
    const palette = classPalette(colors)
    for (const panel of panels) {
      if (panel.measure && !panel.measure.kind) panel.colors = { tones: labels, palette }
    }
    return null
  }
  const measured = panels.flatMap((panel) =>
    panel.measure?.kind === values.kind && panel.measure.values
      ? [{ panel, values: panel.measure.values }]
      : [],
  )
  if (!measured.length) return null
  const range = valueRange(measured.map((each) => each.values))
  const palette = valuePalette(dark)
  for (const each of measured) each.panel.colors = { tones: tonesOf(each.values, range), palette }
  return { palette, range }
}
