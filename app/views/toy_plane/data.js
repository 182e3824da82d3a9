// What a panel shows, asked of the server: codes, their replay, lattices of decoded codes, a decoder.

import { messageOf } from "../../web/dom/elements.js"
import { Decoder } from "../../web/engine/models.js"
import { fromHalf } from "../../web/engine/safetensors.js"
import { ask, load, loadArray, loaded } from "../../web/engine/weights.js"

/** @import { Place } from "./draw.js" */
/** @import { PanelPayload, Payload } from "./widget.payload.js" */
/** @typedef {{ source: string, version: string }} Owner of arrays */

export class PanelData {
  /** @type {Float32Array | null} */
  codes = null // [N, 2]
  /** @type {Uint8Array} */
  labels = new Uint8Array() // [N]
  /** @type {Float32Array | null} */
  replay = null // the codes after each epoch, [epochs, N, 2]
  /** @type {Uint8Array | null} */
  lattice = null // decoded codes, see draw.js
  /** @type {Decoder | undefined} */
  decoder
  /** @type {Record<string, string>} */
  problems = {} // what is wrong, by part
  remote = false // whether only the server can decode
  /** @type {Record<string, Promise<void> | null>} */
  loading = {} // by part

  /**
   * @param {PanelPayload} panel
   * @param {Owner} owner
   * @param {string} extent the kind of the lattice's square
   * @param {() => void} onChange
   */
  constructor(panel, owner, extent, onChange) {
    this.panel = panel
    this.owner = owner
    this.extent = extent
    this.onChange = onChange
    this.takeDecoder(panel.square ? loaded(panel, "decoder") : undefined)
  }

  /** Whether this is what a panel is to show. @param {Owner} owner */
  isOf({ source, version }) {
    return this.owner.source === source && this.owner.version === version
  }

  /** The same run's panel, perhaps of another square. @param {PanelPayload} panel @param {string} extent */
  update(panel, extent) {
    if (this.extent !== extent) this.lattice = null
    this.extent = extent
    this.panel = panel
    this.takeDecoder(panel.square ? loaded(panel, "decoder") : undefined)
  }

  loadCodes() {
    if (this.codes) return null
    return this.fetch("codes", (bytes) => {
      const count = bytes.length / 5 // two float16 and a class each
      this.codes = fromHalf(bytes.buffer.slice(0, 4 * count))
      this.labels = bytes.subarray(4 * count)
    })
  }

  loadLattice() {
    const { extent } = this
    if (this.lattice) return null
    return this.fetch(extent, (bytes) => {
      if (this.extent === extent) this.lattice = bytes
    })
  }

  loadReplay() {
    if (!this.panel.epochs || this.replay) return null
    return this.fetch("replay", (bytes) => {
      this.replay = fromHalf(bytes.buffer)
    })
  }

  /**
   * A part from the server, asked for once at a time.
   * @param {string} part
   * @param {(bytes: Uint8Array<ArrayBuffer>) => void} keep
   */
  fetch(part, keep) {
    const { loading, problems } = this
    loading[part] ??= loadArray(this.owner, `${part}.bin`, Uint8Array)
      .then((/** @type {Uint8Array<ArrayBuffer>} */ bytes) => {
        keep(bytes)
        delete problems[part]
      })
      .catch((/** @type {unknown} */ error) => {
        problems[part] = `The server does not send ${part}: ${messageOf(error)}`
      })
      .finally(() => {
        loading[part] = null
        this.onChange()
      })
    return loading[part]
  }

  /**
   * Of a network that this browser cannot run there are the lattice and the server's answers.
   * @param {import("../../web/engine/weights.js").AnyDecoder | undefined} decoder
   */
  takeDecoder(decoder) {
    this.decoder = decoder instanceof Decoder ? decoder : undefined
    this.remote = decoder !== undefined && !this.decoder
  }

  async loadDecoder() {
    const { panel, problems } = this
    try {
      const decoder = await load(panel, "decoder")
      delete problems.decoder
      if (this.panel.version === panel.version) this.takeDecoder(decoder)
    } catch (error) {
      problems.decoder = `The server does not send the decoder: ${messageOf(error)}`
    }
    this.onChange()
  }

  /**
   * The codes [N, 2] after an epoch, null until they are here; the last ones of a run without replay.
   * @param {number} epoch
   */
  codesAt(epoch) {
    if (!this.codes || epoch >= this.panel.epochs) return this.codes
    if (!this.replay) return null
    const size = this.codes.length
    return this.replay.subarray((epoch - 1) * size, epoch * size)
  }
}

/**
 * What the server decodes at a place: a record (draw.js) of each panel, by its name.
 * @param {Place} place
 * @param {Payload} settings
 * @param {AbortSignal} signal
 * @returns {Promise<Map<string, Uint8Array>>}
 */
export async function recordsAt([x, y], { source, panels, version }, signal) {
  const path = `${source}/decode.bin?x=${x}&y=${y}&v=${version}`
  const records = new Uint8Array(await ask(path, signal))
  const length = records.length / panels.length
  return new Map(
    panels.map(({ name }, at) => [name, records.subarray(at * length, (at + 1) * length)]),
  )
}
