// How many weights, workers, answers of the server and moments of rest are awaited.
let count = 0
/** @type {Set<(busy: boolean) => void>} */
const watchers = new Set()

/** @param {number} by */
function change(by) {
  const busy = count > 0
  count += by
  if (busy === count > 0) return
  for (const watcher of watchers) watcher(count > 0)
}

/** Calls `watcher` now and whenever something begins or ends. @param {(busy: boolean) => void} watcher */
export function watchBusy(watcher) {
  watchers.add(watcher)
  watcher(count > 0)
}

/**
 * The promise itself, counted until it is settled.
 * @template T
 * @param {Promise<T>} promise
 */
export function track(promise) {
  change(1)
  const done = () => change(-1)
  promise.then(done, done)
  return promise
}
