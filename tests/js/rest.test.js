// What is done once nothing moves: once, late enough, and the page knows that it is still to come.
import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { Rest } from "../../app/web/dom/rest.js"
import { track, watchBusy } from "../../app/web/engine/busy.js"

let busy = false
watchBusy((now) => {
  busy = now
})
const settled = () => new Promise((go) => setImmediate(go))

test("it is done once, when nothing has begun anew for the while", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] })
  const act = mock.fn()
  const rest = new Rest(300, act)
  rest.begin()
  context.mock.timers.tick(200)
  rest.begin()
  context.mock.timers.tick(299)
  await settled()
  assert.deepEqual([act.mock.callCount(), rest.waiting, busy], [0, true, true])
  context.mock.timers.tick(1)
  await settled()
  assert.deepEqual([act.mock.callCount(), rest.waiting, busy], [1, false, false])
  context.mock.timers.tick(1000)
  assert.equal(act.mock.callCount(), 1)
})

test("what was ended is not done, and may begin again", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] })
  const act = mock.fn()
  const rest = new Rest(300, act)
  rest.end()
  rest.begin()
  rest.end()
  context.mock.timers.tick(300)
  await settled()
  assert.deepEqual([act.mock.callCount(), rest.waiting, busy], [0, false, false])
  rest.begin()
  await settled()
  assert.equal(busy, true)
  context.mock.timers.tick(300)
  await settled()
  assert.deepEqual([act.mock.callCount(), busy], [1, false])
})

test("between rest and what it asks for, the page is never idle", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] })
  const { promise, resolve } = Promise.withResolvers()
  const rest = new Rest(300, () => track(promise))
  /** @type {boolean[]} */
  const seen = []
  rest.begin()
  watchBusy((now) => seen.push(now))
  context.mock.timers.tick(300)
  await settled()
  assert.deepEqual(seen, [true])
  resolve(null)
  await settled()
  assert.deepEqual(seen, [true, false])
})

test("a fault in what is done leaves nothing waiting", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] })
  const rest = new Rest(300, () => {
    throw new Error("no")
  })
  rest.begin()
  assert.throws(() => context.mock.timers.tick(300), /no/)
  await settled()
  assert.deepEqual([rest.waiting, busy], [false, false])
})
