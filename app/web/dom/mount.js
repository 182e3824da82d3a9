// Streamlit's side of a live view: loads the page's module, gives it the data, ends it.
const views = new WeakMap()

// What controls and numbers are, from help.py.
function explain(root, help) {
  for (const part of root.querySelectorAll("[data-help]")) part.title = help[part.dataset.help]
}

function update(entry, root) {
  entry.view.update(entry.latest)
  explain(root, entry.latest.data.help)
}

function start(parentElement, { module }) {
  const root = parentElement.querySelector(".live")
  const entry = { view: null, latest: null, ended: false }
  const base = window.__streamlit?.BACKEND_BASE_URL ?? new URL("./", location.href).href
  import(new URL(module, base))
    .then(({ View }) => {
      if (entry.ended) return
      entry.view = new View(root)
      update(entry, root)
      root.removeAttribute("aria-busy")
    })
    .catch((error) => {
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
  if (entry.view) update(entry, parentElement.querySelector(".live"))
  return () => {
    entry.ended = true
    entry.view?.stop()
    views.delete(parentElement)
  }
}
