// Says whether the page is narrow; only then, since the server takes it to be wide.
/** @import { Component } from "../web/dom/streamlit.js" */
/** @import { Payload } from "./viewport.payload.js" */

/** @param {Component<Payload>} component */
export default function (component) {
  const { data, setStateValue } = component
  const narrow = window.matchMedia("(max-width: 640px)")
  const report = () => {
    if (narrow.matches !== data.narrow) setStateValue("narrow", narrow.matches)
  }
  narrow.onchange = report
  report()
  return () => {
    narrow.onchange = null
  }
}
