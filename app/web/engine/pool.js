// Workers for what takes longer than a frame: strips, lattices, drawings.
import { track } from "./busy.js"
import { tellRemote } from "./remote.js"

/** @typedef {import("./worker.js").Tasks} Tasks */
/** @typedef {import("./worker.js").Results} Results */

/**
 * @typedef {object} Job
 * @property {keyof Tasks} kind
 * @property {any} task
 * @property {string | null} key
 * @property {boolean} again whether a worker has died of it, or over it, before
 * @property {(result: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

const PATIENCE = 120_000 // milliseconds until a worker that does not answer counts as dead

/** A worker and what waits for it. One that dies is replaced, and what it did is tried once more. */
class WorkerSlot {
  /** @param {() => Worker} spawn @param {number} patience */
  constructor(spawn, patience) {
    this.spawn = spawn
    this.patience = patience
    /** @type {Worker | null} */
    this.worker = null
    /** @type {Job[]} */
    this.queue = []
    /** @type {Job | null} */
    this.job = null
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
  }

  next() {
    if (this.job) return
    this.job = this.queue.shift() ?? null
    if (!this.job) return
    const { kind, task } = this.job
    this.timer = setTimeout(() => this.die("the worker does not answer"), this.patience)
    try {
      this.worker ??= this.start()
      this.worker.postMessage({ kind, task })
    } catch (error) {
      this.die(/** @type {Error} */ (error).message)
    }
  }

  start() {
    const worker = this.spawn()
    worker.onmessage = ({ data: { result, problem } }) => {
      const job = this.finish()
      if (problem === undefined) job?.resolve(result)
      else job?.reject(new Error(problem))
      this.next()
    }
    worker.onerror = (event) => {
      event.preventDefault()
      this.die(event.message ?? "")
    }
    worker.onmessageerror = () => this.die("an answer of the worker cannot be read")
    return worker
  }

  finish() {
    clearTimeout(this.timer)
    const { job } = this
    this.job = null
    return job
  }

  /** @param {string} reason */
  die(reason) {
    if (this.worker) {
      this.worker.onmessage = this.worker.onerror = this.worker.onmessageerror = null
      this.worker.terminate()
      this.worker = null
    }
    const job = this.finish()
    if (job && !job.again) {
      job.again = true
      if (job.key !== null && this.queue.some(({ key }) => key === job.key)) job.resolve(null)
      else this.queue.unshift(job)
    } else {
      job?.reject(new Error(`the browser cannot run the worker (${reason}); reload the page`))
    }
    this.next()
  }

  /** Answers null to the waiting jobs of some keys. @param {(key: string) => boolean} test */
  drop(test) {
    const dropped = this.queue.filter(({ key }) => key !== null && test(key))
    this.queue = this.queue.filter((job) => !dropped.includes(job))
    for (const { resolve } of dropped) resolve(null)
  }
}

export class Pool {
  /**
   * @param {number} size
   * @param {() => Worker} spawn
   * @param {number} [patience]
   */
  constructor(size, spawn, patience = PATIENCE) {
    this.slots = Array.from({ length: size }, () => new WorkerSlot(spawn, patience))
    /** @type {Map<string, WorkerSlot>} by run, so that each worker loads only its own: runs take turns */
    this.homes = new Map()
    this.turn = 0
  }

  /**
   * @template {keyof Tasks} K
   * @param {K} kind
   * @param {Tasks[K]} task
   * @param {string | null} [key]
   * @returns {Promise<Results[K] | null>}
   */
  work(kind, task, key = null) {
    const slot = this.slotOf(task.run.source)
    return new Promise((resolve, reject) => {
      if (key !== null) slot.drop((other) => other === key)
      slot.queue.push({ kind, task, key, again: false, resolve, reject })
      slot.next()
    })
  }

  /** @param {string} source */
  slotOf(source) {
    const slot = this.homes.get(source) ?? this.slots[this.turn++ % this.slots.length]
    this.homes.set(source, slot)
    return slot
  }

  /** @param {string} start */
  drop(start) {
    for (const slot of this.slots) slot.drop((key) => key.startsWith(start))
  }
}

/** @type {Pool | null} */
let pool = null

function start() {
  const size = Math.max(1, Math.min(4, navigator.hardwareConcurrency ?? 2))
  return new Pool(
    size,
    () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }),
  )
}

/**
 * Do "decode" ({ run, codes }) or "reconstruct" ({ run, image }); see worker.js for the results. Of
 * jobs with the same `key` that wait for their turn only the last is done: the others are answered
 * null.
 * @template {keyof Tasks} K
 * @param {K} kind
 * @param {Tasks[K]} task
 * @param {string | null} [key]
 */
export function work(kind, task, key = null) {
  pool ??= start()
  return track(noted(task.run.source, pool.work(kind, task, key)))
}

/**
 * The result; what it says of the server's part is told on.
 * @template {{ reason: string | null } | null} R
 * @param {string} source of the run
 * @param {Promise<R>} promise
 */
async function noted(source, promise) {
  const result = await promise
  if (result?.reason) tellRemote(source, result.reason)
  return result
}

/** Answer null to the jobs whose key begins with `start` and that have not begun. @param {string} start */
export function drop(start) {
  pool?.drop(start)
}
