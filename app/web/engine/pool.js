// Workers for what takes longer than a frame: strips, lattices, drawings.
import { track } from "../dom/busy.js"

const SIZE = Math.max(1, Math.min(4, navigator.hardwareConcurrency ?? 2))
let workers = null

class Seat {
  constructor() {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
    this.queue = []
    this.busy = null
    this.worker.onmessage = ({ data: { result, problem } }) => {
      const { resolve, reject } = this.busy
      this.busy = null
      if (problem === undefined) resolve(result)
      else reject(new Error(problem))
      this.next()
    }
    this.worker.onerror = (event) => {
      event.preventDefault()
      this.busy?.reject(new Error(`the browser cannot run the worker: ${event.message ?? ""}`))
      this.busy = null
      this.next()
    }
  }

  next() {
    if (this.busy || !this.queue.length) return
    this.busy = this.queue.shift()
    const { kind, task } = this.busy
    this.worker.postMessage({ kind, task })
  }
}

// Do "decode" ({ run, codes }) or "reconstruct" ({ run, image }); see worker.js for the results.
// Of tasks with the same `key` that wait for their turn only the last is done: the others are
// answered null.
export function work(kind, task, key = null) {
  workers ??= Array.from({ length: SIZE }, () => new Seat())
  const seat = workers[seatOf(task.run)]
  return track(new Promise((resolve, reject) => {
    if (key !== null) {
      for (const waiting of seat.queue.filter((other) => other.key === key)) waiting.resolve(null)
      seat.queue = seat.queue.filter((other) => other.key !== key)
    }
    seat.queue.push({ kind, task, key, resolve, reject })
    seat.next()
  }))
}

// Answer null to the tasks whose key begins with `start` and that have not begun.
export function drop(start) {
  for (const seat of workers ?? []) {
    const dropped = seat.queue.filter(({ key }) => key?.startsWith(start))
    seat.queue = seat.queue.filter((task) => !dropped.includes(task))
    for (const { resolve } of dropped) resolve(null)
  }
}

// Always the same worker for a run, so that each loads only its own: runs take them in turn.
const seats = new Map()
function seatOf({ source }) {
  if (!seats.has(source)) seats.set(source, seats.size % SIZE)
  return seats.get(source)
}
