// What the browser needs of runs, asked of the server once and kept from page to page.
import { track } from "./busy.js"
import { Cache } from "./cache.js"
import { Unsupported } from "./errors.js"
import { Decoder, Encoder, sizesOf } from "./models.js"
import { RemoteDecoder, RemoteEncoder, tellRemote } from "./remote.js"
import { readSafetensors } from "./safetensors.js"

/** @typedef {import("./cache.js").Owner} Owner */
/**
 * A run as Python describes it (app/data/browser_assets.py), and more that only views use.
 * @typedef {Owner & { latentDim: number, bound: number | null }} Run
 */
/** @typedef {Decoder | RemoteDecoder} AnyDecoder */

const BASE = new URL("../../../../../", import.meta.url) // of live/js/<version>/web/engine/
const MOST = 12 // runs and datasets whose arrays and networks are kept though no view shows them
const cache = new Cache(MOST)

/**
 * @param {Owner} owner
 * @param {string} part
 */
function address({ source, version }, part) {
  return new URL(`${source}/${part}?v=${version}`, BASE)
}

/**
 * @param {URL} url
 * @param {RequestInit} [options]
 */
function read(url, options) {
  return track(respond(url, options).then((response) => response.arrayBuffer()))
}

/**
 * @param {URL} url
 * @param {RequestInit} [options]
 */
async function respond(url, options) {
  let response
  try {
    response = await fetch(url, options)
  } catch (error) {
    if (/** @type {Error} */ (error).name === "AbortError") throw error
    throw new Error("the server does not answer; is it still running?")
  }
  if (!response.ok) throw new Error((await response.text()).slice(0, 300))
  return response
}

/** Makes a run's network of its weights' file. */
const networks = {
  /** @param {Run} run @param {ArrayBuffer} file */
  decoder(run, file) {
    const { graph, tensors } = readNetwork(file)
    return local(
      run,
      () => new Decoder(graph, tensors),
      (reason) =>
        new RemoteDecoder(claimedSizes(graph), reason, (codes) => post(run, "decode", codes)),
    )
  },
  /** @param {Run} run @param {ArrayBuffer} file */
  encoder(run, file) {
    const { graph, tensors } = readNetwork(file)
    return local(
      run,
      () => new Encoder(graph, tensors, run.bound),
      (reason) => new RemoteEncoder(run.latentDim, reason, (image) => post(run, "encode", image)),
    )
  },
}

/**
 * What `make` makes or, if that needs what this browser lacks, what `otherwise` makes.
 * @template L, R
 * @param {Run} run
 * @param {() => L} make
 * @param {(reason: string) => R} otherwise
 */
function local({ source }, make, otherwise) {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    tellRemote(source, error.message)
    return otherwise(error.message)
  }
}

/** @param {ArrayBuffer} file */
function readNetwork(file) {
  const { tensors, metadata } = readSafetensors(file)
  if (typeof metadata.graph !== "string") throw new Error("the weights come without their network")
  return { graph: JSON.parse(metadata.graph), tensors }
}

/**
 * The sizes of a decoder that has an op which the engine does not know.
 * @param {import("./graph.js").Graph} graph
 */
function claimedSizes({ input, ops, outputs }) {
  const last = ops.find((op) => op?.name === outputs?.image)
  if (!Array.isArray(last?.shape)) throw new Error("the network says no size of its images")
  return sizesOf(last.shape, [input.shape])
}

/**
 * A run's "decoder" or "encoder", once its weights are here. Where this browser cannot run it, it is
 * one that asks the server, and says for what `reason`.
 * @template {keyof typeof networks} P
 * @param {Run} run
 * @param {P} part
 * @returns {Promise<ReturnType<(typeof networks)[P]>>}
 */
export function load(run, part) {
  const make = /** @type {(run: Run, file: ArrayBuffer) => ReturnType<(typeof networks)[P]>} */ (
    networks[part]
  )
  return cache.get(run, part, async () =>
    make(run, await read(address(run, `${part}.safetensors`))),
  )
}

/**
 * The same where it is here already, else undefined.
 * @template {keyof typeof networks} P
 * @param {Run} run
 * @param {P} part
 * @returns {ReturnType<(typeof networks)[P]> | undefined}
 */
export function loaded(run, part) {
  return cache.ready(run, part)
}

/**
 * An array that the server has of a run or dataset: "codes.bin" and others.
 * @template {ArrayLike<number>} [T=Float32Array]
 * @param {Owner} owner
 * @param {string} part
 * @param {new (buffer: ArrayBuffer) => T} [Type]
 * @returns {Promise<T>}
 */
export function loadArray(
  owner,
  part,
  Type = /** @type {new (buffer: ArrayBuffer) => any} */ (Float32Array),
) {
  return cache.get(owner, part, async () => new Type(await read(address(owner, part))))
}

/**
 * Keep what was loaded of these runs for as long as a view shows them; all else may go.
 * @param {object} view
 * @param {Owner[]} runs none when the view ends
 */
export function retain(view, runs) {
  cache.retain(view, runs)
}

/**
 * The server's answer to a question with many numbers.
 * @param {Owner} run
 * @param {string} verb
 * @param {ArrayLike<number>} numbers
 * @param {AbortSignal | null} [signal]
 */
function post(run, verb, numbers, signal = null) {
  return read(address(run, verb), { method: "POST", body: Float32Array.from(numbers), signal })
}

/**
 * The classifier's probabilities, float32 [N, K], of a run's codes [N, D], by the server.
 * @param {Owner} run
 * @param {ArrayLike<number>} codes
 * @param {AbortSignal} [signal]
 */
export async function classify(run, codes, signal) {
  return new Float32Array(await post(run, "classify", codes, signal))
}

/** A file that the server makes, at an address under its root. @param {string} path */
export async function askBlob(path) {
  return (await respond(new URL(path, BASE))).blob()
}

/**
 * What the server answers to a question at an address under its root, never kept.
 * @param {string} path
 * @param {AbortSignal} [signal]
 */
export function ask(path, signal) {
  return read(new URL(path, BASE), { signal: signal ?? null })
}
