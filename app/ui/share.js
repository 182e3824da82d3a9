// Copies the address of the page as it is at the moment.
/** @import { Component } from "../web/dom/streamlit.js" */

const SHOWN = 2500 // milliseconds

// Where the page is not from a secure place, browsers have no clipboard but the selection's.
/** @param {string} text */
function copySelected(text) {
  const area = document.createElement("textarea")
  area.value = text
  document.body.append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  return done
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

/** @param {Component<null>} component */
export default function ({ parentElement }) {
  const button = parentElement.querySelector("button")
  const status = parentElement.querySelector("span")
  if (!button || !status) throw new Error("the page has no button to copy its address with")
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  button.onclick = async () => {
    const copied = await copy(location.href)
    status.textContent = copied ? "Copied" : "Copy it from the address bar"
    clearTimeout(timer)
    timer = setTimeout(() => {
      status.textContent = ""
    }, SHOWN)
  }
  return () => clearTimeout(timer)
}
