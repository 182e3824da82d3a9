// Text entries of PNG files, as the PNG specification has them (iTXt, CRC-32).
import assert from "node:assert/strict"
import { test } from "node:test"
import { crc32 } from "node:zlib"
import { withText } from "../../app/web/dom/png_text.js"

test("texts stand after the header, each in a chunk with its length and checksum", async () => {
  const png = new Uint8Array(50).map((_, at) => at)
  const blob = await withText(new Blob([png]), { Title: "μ-VAE", Description: "a" })
  assert.equal(blob.type, "image/png")
  const bytes = Buffer.from(await blob.arrayBuffer())
  assert.deepEqual(bytes.subarray(0, 33), Buffer.from(png.subarray(0, 33)))
  const texts = []
  let at = 33
  for (const _ of [1, 2]) {
    const length = bytes.readUInt32BE(at)
    const content = bytes.subarray(at + 4, at + 8 + length)
    texts.push(content.toString("utf-8"))
    assert.equal(bytes.readUInt32BE(at + 8 + length), crc32(content))
    at += 12 + length
  }
  assert.deepEqual(texts, ["iTXtTitle\0\0\0\0\0μ-VAE", "iTXtDescription\0\0\0\0\0a"])
  assert.deepEqual(bytes.subarray(at), Buffer.from(png.subarray(33)))
})
