// Hears clicks on a plotly chart's points: Streamlit itself hears only boxes and lassos while one
// of those is the chart's drag mode.
const heard = new WeakMap()

export default function (component) {
  const { data, setTriggerValue } = component
  const listen = () => {
    const plot = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`)
    if (!plot?.on) return
    if (!heard.has(plot)) {
      plot.on("plotly_click", (event) => heard.get(plot)(event.points[0]?.customdata))
    }
    heard.set(plot, (index) => setTriggerValue("point", Number(index)))
  }
  // The chart is drawn after this, and drawn anew whenever it changes.
  const observer = new MutationObserver(listen)
  observer.observe(document.body, { subtree: true, childList: true })
  listen()
  component.parentElement.clickObserver?.disconnect()
  component.parentElement.clickObserver = observer
  return () => observer.disconnect()
}
