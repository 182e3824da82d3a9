// What becomes of the addresses that Streamlit writes into the browser's history.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import vm from "node:vm"

const SOURCE = readFileSync(new URL("../../app/web/dom/history.js", import.meta.url), "utf8")

/** A browser at an address, its server at `root`; and what was done to its history. @param {string} href @param {string} [root] */
function browser(href, root = "/") {
  const location = new URL(href, "http://localhost")
  /** @type {string[][]} */
  const done = []
  /** @param {string} kind @returns {(state: unknown, unused: string, url?: string) => void} */
  const note = (kind) => (_state, _unused, url) => {
    location.href = new URL(url ?? "", location).href
    done.push([kind, location.pathname + location.search + location.hash])
  }
  const history = { pushState: note("push"), replaceState: note("replace") }
  const window = { __streamlit: { BACKEND_BASE_URL: `http://localhost${root}` } }
  vm.runInNewContext(SOURCE, { window, history, location, URL })
  const push = (/** @type {string} */ url) => history.pushState({}, "", url)
  const replace = (/** @type {string} */ url) => history.replaceState({}, "", url)
  return { push, replace, done, location }
}

test("an address of the page one is on takes the place of the last", () => {
  const { push, done } = browser("/sample?a=1")
  push("/sample?_page=sample&a=2&b=x%26y+z#there")
  push("/sample?_page=sample")
  assert.deepEqual(done, [
    ["replace", "/sample?a=2&b=x%26y+z#there"],
    ["replace", "/sample"],
  ])
})

test("another page is an entry of its own", () => {
  const { push, done } = browser("/sample?a=1")
  push("/traverse")
  push("/")
  assert.deepEqual(done, [
    ["push", "/traverse"],
    ["push", "/"],
  ])
})

test("an address that comes when its page has been left changes nothing", () => {
  const { push, done } = browser("/sample?a=1")
  push("/sample?_page=traverse&z=3")
  push("/sample?_page=&z=3") // the first page's
  assert.deepEqual(done, [])
})

test("after Back, when Streamlit replaces the address itself, it is taken or left just so", () => {
  const { replace, done } = browser("/sample?a=1")
  replace("/sample?_page=sample&a=2")
  replace("/sample?_page=traverse&z=3")
  replace("/sample?_page=sample")
  assert.deepEqual(done, [
    ["replace", "/sample?a=2"],
    ["replace", "/sample"],
  ])
})

test("the first page's address is the root's, wherever the server is", () => {
  for (const root of ["/", "/demo/"]) {
    const { push, done } = browser(`${root}?a=1`, root)
    push(`${root}?_page=&a=2`)
    push(`${root}?_page=sample&a=3`)
    assert.deepEqual(done, [["replace", `${root}?a=2`]])
  }
})
