// The pool of workers: turns, what is dropped, and workers that die.
import assert from "node:assert/strict"
import { beforeEach, test } from "node:test"
import { Pool } from "../../app/web/engine/pool.js"

const run = { source: "live/mnist/vae", version: "1", bound: null, latentDim: 2 }
const task = (/** @type {number} */ number) => ({
  run,
  codes: Float32Array.of(number),
})

/** @typedef {{ data?: any, message?: string, preventDefault?: () => void }} Told */

/** A worker that does what a test tells it to; `live` are those that nobody has ended. */
class FakeWorker {
  /** @type {FakeWorker[]} */
  static all = []
  onmessage = (/** @type {Told} */ _) => {}
  onerror = (/** @type {Told} */ _) => {}
  onmessageerror = () => {}
  /** @type {number[]} */
  given = []
  ended = false

  constructor() {
    FakeWorker.all.push(this)
  }

  /** @param {any} message */
  postMessage({ task: { codes } }) {
    this.given.push(codes[0])
  }

  answer() {
    this.onmessage({ data: { result: { images: this.given.at(-1) } } })
  }

  fail(message = "out of memory") {
    this.onerror({ message, preventDefault() {} })
  }

  terminate() {
    this.ended = true
  }
}

const spawn = () => /** @type {Worker} */ (/** @type {unknown} */ (new FakeWorker()))
const live = () => FakeWorker.all.filter(({ ended }) => !ended)

beforeEach(() => {
  FakeWorker.all = []
})

test("jobs of a run are done one after another by one worker", async () => {
  const pool = new Pool(2, spawn)
  const answers = [1, 2].map((number) => pool.work("decode", task(number)))
  const [worker] = FakeWorker.all
  assert.deepEqual(worker.given, [1])
  worker.answer()
  assert.deepEqual(worker.given, [1, 2])
  worker.answer()
  assert.deepEqual(await Promise.all(answers), [{ images: 1 }, { images: 2 }])
  assert.equal(FakeWorker.all.length, 1)
})

test("runs take the workers in turn, each always the same", async () => {
  const pool = new Pool(2, spawn)
  const answers = ["a", "b", "c", "a"].map((source) =>
    pool.work("decode", { ...task(1), run: { ...run, source } }),
  )
  assert.deepEqual(
    pool.slots.map(({ queue }) => queue.length),
    [2, 0],
  )
  const [first, second] = FakeWorker.all
  for (const worker of [first, first, first, second]) worker.answer()
  await Promise.all(answers)
})

test("of jobs with one key the last that waits is done", async () => {
  const pool = new Pool(1, spawn)
  const answers = [1, 2, 3].map((number) => pool.work("decode", task(number), "strip"))
  assert.equal(await answers[1], null)
  const [worker] = FakeWorker.all
  worker.answer()
  worker.answer()
  assert.deepEqual([await answers[0], await answers[2]], [{ images: 1 }, { images: 3 }])
})

test("jobs that are dropped by their key are answered null, unless they have begun", async () => {
  const pool = new Pool(1, spawn)
  const answers = ["strip/a", "strip/b", "pad/a", null].map((key, at) =>
    pool.work("decode", task(at), key),
  )
  pool.drop("strip/")
  const [worker] = FakeWorker.all
  for (let jobs = 0; jobs < 3; jobs += 1) worker.answer()
  const results = await Promise.all(answers)
  assert.deepEqual(results, [{ images: 0 }, null, { images: 2 }, { images: 3 }])
})

test("what a worker says of a job is said to whoever asked for it", async () => {
  const pool = new Pool(1, spawn)
  const [first, second] = [1, 2].map((number) => pool.work("decode", task(number)))
  const [worker] = FakeWorker.all
  worker.onmessage({ data: { problem: "There is no run x." } })
  await assert.rejects(first, { message: "There is no run x." })
  worker.answer()
  assert.deepEqual(await second, { images: 2 })
})

test("a worker that dies is replaced, and its job is done by the next", async () => {
  const pool = new Pool(1, spawn)
  const answers = [1, 2].map((number) => pool.work("decode", task(number)))
  FakeWorker.all[0].fail()
  assert.equal(live().length, 1)
  const [worker] = live()
  assert.deepEqual(worker.given, [1])
  worker.answer()
  worker.answer()
  assert.deepEqual(await Promise.all(answers), [{ images: 1 }, { images: 2 }])
})

test("a job that two workers die of is given up, and the next one is done", async () => {
  const pool = new Pool(1, spawn)
  const [first, second] = [1, 2].map((number) => pool.work("decode", task(number)))
  live()[0].fail()
  live()[0].fail("it ran out of memory")
  await assert.rejects(first, /cannot run the worker \(it ran out of memory\); reload the page/)
  live()[0].answer()
  assert.deepEqual(await second, { images: 2 })
})

test("a job that a newer one replaces is not tried again", async () => {
  const pool = new Pool(1, spawn)
  const [first, second] = [1, 2].map((number) => pool.work("decode", task(number), "strip"))
  live()[0].fail()
  assert.equal(await first, null)
  assert.deepEqual(live()[0].given, [2])
  live()[0].answer()
  assert.deepEqual(await second, { images: 2 })
})

test("a worker that dies while nothing is asked of it is replaced when something is", async () => {
  const pool = new Pool(1, spawn)
  const first = pool.work("decode", task(1))
  live()[0].answer()
  await first
  live()[0].fail()
  assert.equal(live().length, 0)
  const second = pool.work("decode", task(2))
  live()[0].answer()
  assert.deepEqual(await second, { images: 2 })
})

test("an answer that cannot be read counts as a death", async () => {
  const pool = new Pool(1, spawn)
  const answer = pool.work("decode", task(1))
  live()[0].onmessageerror()
  live()[0].onmessageerror()
  await assert.rejects(answer, /cannot be read/)
})

test("a worker that says nothing is ended, and its job is given up at the second time", async () => {
  const pool = new Pool(1, spawn, 1)
  await assert.rejects(pool.work("decode", task(1)), /does not answer/)
  assert.equal(FakeWorker.all.length, 2)
  assert.equal(live().length, 0)
})

test("a browser that starts no worker is told of", async () => {
  const pool = new Pool(1, () => {
    throw new Error("workers are forbidden")
  })
  await assert.rejects(pool.work("decode", task(1)), /workers are forbidden/)
})
