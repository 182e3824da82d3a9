// Remembers, in the visitor's browser alone, that the tour needs no showing of itself any more.
/** @import { Component } from "../web/dom/streamlit.js" */
/** @import { Payload } from "./tour_cookie.payload.js" */

const YEAR = 365 * 24 * 60 * 60 // seconds

/** @param {Component<Payload>} component */
export default function ({ data }) {
  if (!data.seen) return
  const { pathname } = new URL(window.__streamlit?.BACKEND_BASE_URL ?? "./", location.href)
  const secure = location.protocol === "https:" ? "; secure" : ""
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `${data.name}=seen; path=${pathname}; max-age=${YEAR}; samesite=lax${secure}`
}
