// The state protocol as DESIGN.md has it: whose value holds, whatever order the words come in.
import assert from "node:assert/strict"
import { test } from "node:test"
import { LiveState } from "../../app/web/dom/state.js"

/**
 * What Python says.
 * @param {unknown} value
 * @param {number} revision
 */
const says = (value, revision, session = "s") => ({ value, revision, session })

/** A view's state that has taken "A" at revision 4, and what it tells. */
function begun() {
  /** @type {LiveState<unknown>} */
  const state = new LiveState()
  /** @type {{ value: unknown, revision: number, session: string }[]} */
  const sent = []
  assert.equal(state.take(says("A", 4)), true)
  return {
    state,
    sent,
    /** @param {unknown} value */
    move(value) {
      state.change()
      state.tell(value, (message) => sent.push(message))
    },
  }
}

test("a new view starts from Python's value and revision", () => {
  const { move, sent } = begun()
  move("B")
  assert.deepEqual(sent, [says("B", 5)])
})

test("the echo of what was told is not news", () => {
  const { state, move } = begun()
  move("B")
  assert.equal(state.take(says("B", 5)), false)
  assert.equal(state.take(says("B", 5)), false, "nor with the next rerun")
})

test("an older echo is ignored, whatever it says", () => {
  const { state, move } = begun()
  move("B")
  move("C")
  assert.equal(state.take(says("A", 4)), false)
  assert.equal(state.take(says("B", 5)), false)
  assert.equal(state.take(says("C", 6)), false)
})

test("answers in the wrong order change nothing", () => {
  const { state, move } = begun()
  move("B")
  move("C")
  assert.equal(state.take(says("C", 6)), false)
  assert.equal(state.take(says("B", 5)), false)
  assert.equal(state.take(says("A", 4)), false)
})

test("Python's A, B, A are all taken", () => {
  const { state } = begun()
  assert.equal(state.take(says("B", 5)), true)
  assert.equal(state.take(says("A", 6)), true)
  assert.equal(state.take(says("B", 7)), true)
})

test("a value that the view itself once told is taken from Python", () => {
  const { state, move } = begun()
  move("B")
  assert.equal(state.take(says("A", 6)), true)
  assert.equal(state.take(says("B", 7)), true)
})

test("the view's A, B, A are all told", () => {
  const { move, sent } = begun()
  move("B")
  move("A")
  move("B")
  assert.deepEqual(sent, [says("B", 5), says("A", 6), says("B", 7)])
})

test("of two quick changes the answer to the first does not undo the second", () => {
  const { state, move, sent } = begun()
  move("B")
  state.change()
  assert.equal(state.take(says("B", 5)), false)
  state.tell("C", (message) => sent.push(message))
  assert.deepEqual(sent.at(-1), says("C", 6))
})

test("a lost message is made good by the next change, of either side", () => {
  const { state, move, sent } = begun()
  move("lost")
  assert.equal(state.take(says("A", 4)), false)
  move("C")
  assert.deepEqual(sent.at(-1), says("C", 6))
  const other = begun()
  other.move("lost")
  assert.equal(other.state.take(says("B", 5)), true, "Python's own next has the same revision")
})

test("where both change at once, Python's value holds", () => {
  const { state, move } = begun()
  move("mine")
  assert.equal(state.take(says("Python's", 5)), true)
  move("next")
  assert.equal(state.take(says("Python's", 5)), false)
})

test("what Python makes of a told value is taken", () => {
  const { state, move } = begun()
  move(0.12345)
  assert.equal(state.take(says(0.123, 6)), true)
})

test("a value that Python refuses is taken back", () => {
  const { state, move } = begun()
  move("nonsense")
  assert.equal(state.take(says("A", 5)), true)
})

test("while somebody changes the value, what Python says waits, and is then the older", () => {
  const { state, sent } = begun()
  state.change()
  assert.equal(state.take(says("B", 5)), false)
  state.tell("mine", (message) => sent.push(message))
  assert.deepEqual(sent, [says("mine", 6)])
})

test("nobody's change is not told", () => {
  const { state, sent } = begun()
  state.tell("rounded", (message) => sent.push(message))
  state.change()
  state.drop()
  state.tell("rounded", (message) => sent.push(message))
  assert.equal(sent.length, 0)
})

test("what was said during a change that is dropped is shown the next time", () => {
  const { state } = begun()
  state.change()
  assert.equal(state.take(says("B", 5)), false)
  state.drop()
  assert.equal(state.take(says("B", 5)), true)
  assert.equal(state.take(says("B", 5)), false)
})

test("a change that comes back to where it began is not told", () => {
  const { move, sent } = begun()
  move("A")
  assert.deepEqual(sent, [])
})

test("another session of Python's begins anew, also at lower revisions", () => {
  const { state, move, sent } = begun()
  move("B")
  state.change()
  assert.equal(state.take(says("A", 0, "after a restart")), true)
  assert.equal(state.changing, false)
  move("C")
  assert.deepEqual(sent.at(-1), says("C", 1, "after a restart"))
})

test("the order of keys says nothing", () => {
  /** @type {LiveState<unknown>} */
  const state = new LiveState()
  state.take(says({ one: [1, { a: 1, b: 2 }], two: 2 }, 0))
  assert.equal(state.take(says({ two: 2, one: [1, { b: 2, a: 1 }] }, 0)), false)
  assert.equal(state.take(says({ two: 2, one: [{ b: 2, a: 1 }, 1] }, 1)), true)
})
