// Times decoding and encoding in Node.js, whose engine is Chromium's: medians, and multiply-adds a
// second. Beside another revision's engine, in turns, with the ratio of the medians:
//
//   node benchmarks/engine.mjs [--against REVISION] [RUN FOLDER with networks.json ...]
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { Decoder, Encoder } from "../app/web/engine/models.js"
import { readSafetensors } from "../app/web/engine/safetensors.js"

const ROOT = fileURLToPath(new URL("..", import.meta.url))
const DEFAULTS = ["checkpoints/mnist/vae", "checkpoints/mnist-toy/relu-elbo"]
const ROUNDS = 1000
const WARM = 200 // rounds before, until the code is compiled

const { values, positionals } = parseArgs({
  options: { against: { type: "string" } },
  allowPositionals: true,
})
const other = values.against ? await engineOf(values.against) : null
for (const folder of positionals.length ? positionals : DEFAULTS.map((path) => join(ROOT, path))) {
  measure(folder)
}

function measure(folder) {
  const networks = JSON.parse(readFileSync(join(folder, "networks.json"), "utf-8"))
  const run = JSON.parse(readFileSync(join(folder, "run.json"), "utf-8"))
  const file = readFileSync(join(folder, "model.safetensors"))
  const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.length)
  const { tensors } = readSafetensors(buffer)
  const own = [new Decoder(networks.decoder, tensors), new Encoder(networks.encoder, tensors, null)]
  const others = other ? other(networks, tensors, run) : []
  const codes = Array.from({ length: 64 }, () =>
    Float32Array.from({ length: own[0].latentDim }, () => 4 * Math.random() - 2),
  )
  const images = codes.map((code) => own[0].decode(code))
  const image = new Float32Array(own[0].pixels)
  process.stdout.write(`${folder}\n`)
  report(
    "decode",
    networks.decoder,
    tensors,
    own[0],
    others[0],
    (decoder) => (round) => decoder.decode(codes[round % 64], image),
  )
  report(
    "encode",
    networks.encoder,
    tensors,
    own[1],
    others[1],
    (encoder) => (round) => encoder.encode(images[round % 64]),
  )
}

function report(what, graph, tensors, own, old, call) {
  const [time, before] = medians([own, ...(old ? [old] : [])].map(call))
  const speed = multiplyAdds(graph, tensors) / time / 1e6
  const ratio = old ? `, ${(time / before).toFixed(2)} of ${before.toFixed(3)} ms before` : ""
  process.stdout.write(
    `  ${what} ${time.toFixed(3)} ms, ${speed.toFixed(2)} G multiply-adds/s${ratio}\n`,
  )
}

// Milliseconds of each function, which take turns.
function medians(functions) {
  const times = functions.map(() => [])
  for (let round = 0; round < WARM + ROUNDS; round += 1) {
    functions.forEach((run, at) => {
      const begun = performance.now()
      run(round)
      if (round >= WARM) times[at].push(performance.now() - begun)
    })
  }
  return times.map((all) => all.sort((one, two) => one - two)[ROUNDS / 2])
}

function multiplyAdds({ input, ops }, tensors) {
  const shapes = new Map([input, ...ops].map(({ name, shape }) => [name, shape]))
  return ops.reduce((sum, { op, inputs, shape, weight }) => {
    if (!weight) return sum
    // Each weight meets each pixel once: of the output or, if transposed, of the input.
    const [, height = 1, width = 1] = op === "conv_transpose2d" ? shapes.get(inputs[0]) : shape
    return sum + height * width * tensors.get(weight).values.length
  }, 0)
}

// The engine of a revision: a function from networks, tensors and run.json to decoder and encoder.
async function engineOf(revision) {
  const git = (...parts) => execFileSync("git", ["-C", ROOT, ...parts], { encoding: "utf-8" })
  const listed = git("ls-tree", "-r", "--name-only", revision, "app/web", "app/components/live")
  const folder = mkdtempSync(join(tmpdir(), "engine-"))
  for (const path of listed.split("\n").filter((name) => name.endsWith(".js"))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), git("show", `${revision}:${path}`))
  }
  writeFileSync(join(folder, "package.json"), '{"type": "module"}')
  const load = (path) => import(pathToFileURL(join(folder, path)).href)
  try {
    if (existsSync(join(folder, "app/web/engine/models.js"))) {
      const engine = await load("app/web/engine/models.js")
      return ({ decoder, encoder }, tensors) => [
        new engine.Decoder(decoder, tensors),
        new engine.Encoder(encoder, tensors, null),
      ]
    }
    // Before there were lists of ops, networks were known by the name of their architecture.
    const engine = await load("app/components/live/networks.js")
    return (_, tensors, { config: { model, encoder } }) => {
      const { architecture } = model ?? { architecture: encoder.name }
      return [
        engine.makeDecoder(architecture, tensors),
        engine.makeEncoder(architecture, tensors, null),
      ]
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
