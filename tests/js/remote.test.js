// Decoding by the server where the browser has no kernel: batches, and the latest wins.
import assert from "node:assert/strict"
import { test } from "node:test"
import { RemoteDecoder } from "../../app/web/engine/remote.js"
import { settled } from "./helpers.js"

const sizes = { latentDim: 2, size: { height: 1, width: 3, channels: 1 } }
const ignore = () => {}

/** A decoder whose server answers, when told to, with each code's first number. */
function serverDecoder() {
  /** @type {{ codes: number[], answer: () => Promise<void>, fail: () => Promise<void> }[]} */
  const requests = []
  const decoder = new RemoteDecoder(sizes, "there is no kernel", (codes) => {
    return new Promise((resolve, reject) => {
      const images = [...codes]
        .filter((_, at) => at % 2 === 0)
        .flatMap((code) => [code, code, code])
      requests.push({
        codes: [...codes],
        answer: () => settled(resolve(Uint8Array.from(images).buffer)),
        fail: () => settled(reject(new Error("gone"))),
      })
    })
  })
  return { decoder, requests }
}

test("what is asked for in one turn goes in one request, the latest of each place", async () => {
  const { decoder, requests } = serverDecoder()
  /** @type {Record<string, number[][]>} */
  const drawn = { a: [], b: [] }
  for (const [place, code] of /** @type {[string, number][]} */ ([
    ["a", 1],
    ["b", 2],
    ["a", 3],
  ])) {
    decoder.show([code, 0], (image) => drawn[place].push([...image]), place, ignore)
  }
  await settled()
  assert.deepEqual(
    requests.map(({ codes }) => codes),
    [[3, 0, 2, 0]],
  )
  await requests[0].answer()
  assert.deepEqual(drawn, { a: [[3, 3, 3]], b: [[2, 2, 2]] })
})

test("while the server is busy only the latest waits", async () => {
  const { decoder, requests } = serverDecoder()
  /** @type {number[]} */
  const drawn = []
  for (const code of [1, 2, 3, 4]) {
    decoder.show([code, 0], (image) => drawn.push(image[0]), "a", ignore)
    await settled()
  }
  assert.equal(requests.length, 1)
  await requests[0].answer()
  await requests[1].answer()
  assert.deepEqual(drawn, [1, 4])
  assert.equal(requests.length, 2)
})

test("a request that fails is told to those who asked, and the next one is made", async () => {
  const { decoder, requests } = serverDecoder()
  /** @type {string[]} */
  const told = []
  decoder.show([1, 0], ignore, "a", (error) => told.push(/** @type {Error} */ (error).message))
  await settled()
  await requests[0].fail()
  assert.deepEqual(told, ["gone"])
  decoder.show([2, 0], (image) => told.push(String(image[0])), "a", ignore)
  await settled()
  await requests[1].answer()
  assert.deepEqual(told, ["gone", "2"])
})

test("many codes go in requests of at most 512", async () => {
  /** @type {number[]} */
  const counts = []
  const decoder = new RemoteDecoder(sizes, "there is no kernel", async (codes) => {
    counts.push(codes.length / 2)
    return Uint8Array.from({ length: (codes.length / 2) * 3 }, (_, at) => at % 251).buffer
  })
  const images = await decoder.decodeAll(new Float32Array(2 * 1025))
  assert.deepEqual(counts, [512, 512, 1])
  assert.equal(images.length, 3 * 1025)
  assert.deepEqual([...images.slice(-3)], [0, 1, 2])
})

test("an answer of another size is refused", async () => {
  const decoder = new RemoteDecoder(sizes, "there is no kernel", async () => new ArrayBuffer(4))
  await assert.rejects(decoder.decodeAll(Float32Array.of(1, 2)), /answered 4 bytes to 1 codes/)
})
