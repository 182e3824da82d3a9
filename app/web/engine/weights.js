// What the browser needs of runs, asked of the server once and kept from page to page.
import { track } from "../dom/busy.js"
import { makeDecoder, makeEncoder } from "./networks.js"
import { readSafetensors } from "./safetensors.js"

const BASE = new URL("../../../../../", import.meta.url) // this being live/js/<version>/web/engine/
const made = new Map() // by address: promises of networks or arrays
const ready = new Map() // by address: the networks and arrays

function address(source, part, version) {
  return new URL(`${source}/${part}?v=${version}`, BASE).href
}

function read(url, options) {
  return track(request(url, options))
}

async function request(url, options) {
  return (await respond(url, options)).arrayBuffer()
}

async function respond(url, options) {
  let response
  try {
    response = await fetch(url, options)
  } catch (error) {
    if (error.name === "AbortError") throw error
    throw new Error("the server does not answer; is it still running?")
  }
  if (!response.ok) throw new Error((await response.text()).slice(0, 300))
  return response
}

function keep(url, make) {
  if (!made.has(url)) {
    made.set(url, read(url).then((buffer) => {
      const result = make(buffer)
      ready.set(url, result)
      return result
    }).catch((error) => {
      made.delete(url) // to be tried again
      throw error
    }))
  }
  return made.get(url)
}

const networks = {
  decoder: ({ architecture }, tensors) => makeDecoder(architecture, tensors),
  encoder: ({ architecture, bound }, tensors) => makeEncoder(architecture, tensors, bound),
}

// A run's "decoder" or "encoder", once its weights are here.
export function load(run, part) {
  const url = address(run.source, `${part}.safetensors`, run.version)
  return keep(url, (buffer) => networks[part](run, readSafetensors(buffer)))
}

// The same where it is here already, else undefined.
export function loaded(run, part) {
  return ready.get(address(run.source, `${part}.safetensors`, run.version))
}

// An array that the server has of a run or dataset ({ source, version }): "codes.bin" and others.
export function loadArray(owner, part, Type = Float32Array) {
  return keep(address(owner.source, part, owner.version), (buffer) => new Type(buffer))
}

// The classifier's probabilities, float32 [N, K], of a run's codes [N, D], by the server.
export async function classify(run, codes, signal) {
  const url = address(run.source, "classify", run.version)
  const body = Float32Array.from(codes)
  return new Float32Array(await read(url, { method: "POST", body, signal }))
}

// A file that the server makes, at an address under its root.
export async function askBlob(path) {
  return (await respond(new URL(path, BASE))).blob()
}

// What the server answers to a question at an address under its root, never kept.
export function ask(path, signal) {
  return read(new URL(path, BASE), { signal })
}
