// What is kept of runs, and what is let go of.
import assert from "node:assert/strict"
import { test } from "node:test"
import { Cache } from "../../app/web/engine/cache.js"

const owner = (/** @type {string} */ name, version = "1") => ({ source: `live/${name}`, version })

/** @param {Cache} cache @param {string[]} names */
async function fill(cache, names) {
  for (const name of names) await cache.get(owner(name), "decoder", async () => name)
}

/** @param {Cache} cache @param {string[]} names */
function kept(cache, names) {
  return names.filter((name) => cache.ready(owner(name), "decoder") === name)
}

test("a part is made once, and ready once it is made", async () => {
  const cache = new Cache(2)
  const make = async () => ({})
  const promise = cache.get(owner("a"), "decoder", make)
  assert.equal(cache.ready(owner("a"), "decoder"), undefined)
  const value = await promise
  assert.equal(cache.ready(owner("a"), "decoder"), value)
  assert.equal(await cache.get(owner("a"), "decoder", make), value)
  assert.notEqual(await cache.get(owner("a"), "encoder", make), value)
  assert.notEqual(await cache.get(owner("a", "2"), "decoder", make), value)
})

test("what fails is told, and tried again", async () => {
  const cache = new Cache(2)
  const failing = cache.get(owner("a"), "decoder", async () => {
    throw new Error("no answer")
  })
  await assert.rejects(failing, /no answer/)
  assert.equal(await cache.get(owner("a"), "decoder", async () => "made"), "made")
})

test("of owners that nobody retains only the last used are kept", async () => {
  const cache = new Cache(2)
  await fill(cache, ["a", "b", "c"])
  assert.deepEqual(kept(cache, ["a", "b", "c"]), ["b", "c"])
  cache.ready(owner("b"), "decoder")
  await fill(cache, ["d"])
  assert.deepEqual(kept(cache, ["b", "c", "d"]), ["b", "d"])
})

test("retained owners are kept, however many there are, until they are released", async () => {
  const cache = new Cache(1)
  const [view, other] = [{}, {}]
  cache.retain(view, [owner("a"), owner("b"), owner("c")])
  cache.retain(other, [owner("a")])
  await fill(cache, ["a", "b", "c", "d", "e"])
  assert.deepEqual(kept(cache, ["a", "b", "c", "d", "e"]), ["a", "b", "c", "e"])
  cache.retain(view, [owner("b")])
  assert.deepEqual(kept(cache, ["a", "b", "c", "e"]), ["a", "b", "e"])
  cache.retain(view, [])
  cache.retain(other, [])
  assert.equal(cache.owners.size, 1)
  assert.equal(cache.retained.size, 0)
})
