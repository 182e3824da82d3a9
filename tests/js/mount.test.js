// Streamlit's side of a live view: what is drawn, what is refused, and what is said then.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import mount from "../../app/web/dom/mount.js"
import { notes } from "./noting_view.js"

const APP = new URL("../../app/", import.meta.url).href
Object.assign(globalThis, { window: { __streamlit: { BACKEND_BASE_URL: APP } } })

beforeEach(() => notes.splice(0))

/** As much of a component's element as mount.js uses. */
function element() {
  const help = { dataset: { help: "amount" }, title: "" }
  const root = {
    textContent: "",
    busy: true,
    help,
    querySelectorAll: () => [help],
    removeAttribute(/** @type {string} */ name) {
      if (name === "aria-busy") root.busy = false
    },
  }
  return { root, parentElement: { querySelector: () => root } }
}

/** @param {{ parentElement: object }} parts @param {object} data @returns {any} */
function component({ parentElement }, data, view = "../tests/js/noting_view.js") {
  const help = { amount: "How much." }
  return { parentElement, data: { modules: "", view, help, ...data } }
}

/** @param {{ busy: boolean }} root */
async function loaded(root) {
  while (root.busy) await new Promise((go) => setTimeout(go, 1))
}

test("a view gets the data that came last while it was loading, and its help", async () => {
  const { root, parentElement } = element()
  mount(component({ parentElement }, { text: "one" }))
  mount(component({ parentElement }, { text: "two" }))
  await loaded(root)
  mount(component({ parentElement }, { text: "three" }))
  assert.deepEqual(notes, ["two", "three"])
  assert.equal(root.help.title, "How much.")
  assert.equal(root.textContent, "")
})

test("data that lack a key are not drawn, and the page names it", async () => {
  const { root, parentElement } = element()
  mount(component({ parentElement }, { words: "one" }))
  await loaded(root)
  assert.deepEqual(notes, [])
  assert.match(root.textContent, /does not load: data has no text .*Reload the page/)
})

test("data of another type are refused later too", async () => {
  const { root, parentElement } = element()
  mount(component({ parentElement }, { text: "one" }))
  await loaded(root)
  mount(component({ parentElement }, { text: 2 }))
  assert.match(root.textContent, /data.text is no string/)
  mount(component({ parentElement }, { text: "three" }))
  assert.deepEqual(notes, ["one"], "what is broken stays so until the page is loaded anew")
})

test("a view that fails at first, or is not there, says so", async () => {
  const failing = element()
  mount(component(failing, { text: "fails" }))
  await loaded(failing.root)
  assert.match(failing.root.textContent, /does not load: it fails/)
  const missing = element()
  mount(component(missing, {}, "views/nowhere/widget.js"))
  await loaded(missing.root)
  assert.match(missing.root.textContent, /does not load: .*nowhere/)
})

test("a view is stopped with its component; one that is still loading never starts", async () => {
  const shown = element()
  const stop = mount(component(shown, { text: "one" }))
  await loaded(shown.root)
  stop()
  assert.deepEqual(notes, ["one", "stopped"])
  const early = element()
  mount(component(early, { text: "two" }))()
  await new Promise((go) => setTimeout(go, 50))
  assert.deepEqual(notes, ["one", "stopped"])
})
