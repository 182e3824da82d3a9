import assert from "node:assert/strict"
import test from "node:test"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { Arena, bytesInUse } from "../../app/web/engine/memory.js"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc")

test("networks lie in one memory, side by side, also after it has grown", () => {
  const one = new Arena()
  const first = one.floats(5)
  first.values.set([1, 2, 3, 4, 5])
  const other = new Arena()
  const large = other.floats(3_000_000)
  large.values.fill(7)
  assert.deepEqual([...first.values], [1, 2, 3, 4, 5])
  assert.equal(first.values.buffer, large.values.buffer)
  assert.equal(one.quad, other.quad)
  assert.equal(first.address % 16, 0)
  assert.ok(large.address >= first.address + 20 || first.address >= large.address + 12_000_000)
})

test("what nobody holds any more is used again, as zeros", async () => {
  const before = bytesInUse()
  let most = 0
  for (let time = 0; time < 40; time += 1) {
    const floats = new Arena().floats(1_000_000)
    assert.ok(floats.values.every((value) => value === 0))
    floats.values.fill(time + 1)
    most = Math.max(most, bytesInUse())
    collect()
    await new Promise((go) => setTimeout(go))
  }
  assert.ok(most - before < 20_000_000, `${most - before} bytes were in use at once`)
})

test("a network takes 256 MB at most", () => {
  const arena = new Arena()
  arena.floats(1000)
  assert.throws(() => arena.floats(64 * 1024 * 1024), { name: "Error", message: /256 MB/ })
  assert.throws(() => arena.floats(Number.NaN), { message: /256 MB/ })
})
