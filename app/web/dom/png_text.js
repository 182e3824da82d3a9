// Text entries of a PNG file (iTXt chunks, in UTF-8), which say what it shows.
const HEAD = 33 // bytes: the signature and the header chunk, after which texts may stand

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

/** @param {Uint8Array} bytes */
function checksum(bytes) {
  let value = ~0
  for (const byte of bytes) value = table[(value ^ byte) & 255] ^ (value >>> 8)
  return ~value >>> 0
}

/** @param {string} keyword @param {string} text */
function textChunk(keyword, text) {
  // Keyword, end, not compressed (two bytes), no language, no translated keyword.
  const content = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`)
  const chunk = new Uint8Array(content.length + 8)
  const view = new DataView(chunk.buffer)
  view.setUint32(0, content.length - 4)
  chunk.set(content, 4)
  view.setUint32(content.length + 4, checksum(content))
  return chunk
}

/**
 * A PNG file with these texts.
 * @param {Blob} blob
 * @param {Record<string, string>} texts by keyword
 */
export async function withText(blob, texts) {
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text))
  return new Blob([blob.slice(0, HEAD), ...chunks, blob.slice(HEAD)], { type: "image/png" })
}
