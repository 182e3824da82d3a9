// Streamlit's side of a live view: loads the page's module, gives it the data, ends it.
const views = new WeakMap()

function start(parentElement, { module }) {
  const root = parentElement.querySelector(".live")
  const entry = { view: null, latest: null, ended: false }
  const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL("./", location.href).href
  import(new URL(module, base)).then(({ View }) => {
    if (entry.ended) return
    entry.view = new View(root)
    entry.view.update(entry.latest)
    root.removeAttribute("aria-busy")
  }).catch((error) => {
    root.removeAttribute("aria-busy")
    root.textContent = `This part of the page does not load: ${error.message}. Reload the page.`
  })
  return entry
}

export default function (component) {
  const { parentElement, data } = component
  if (!views.has(parentElement)) views.set(parentElement, start(parentElement, data))
  const entry = views.get(parentElement)
  entry.latest = component
  entry.view?.update(component)
  return () => {
    entry.ended = true
    entry.view?.stop()
    views.delete(parentElement)
  }
}
