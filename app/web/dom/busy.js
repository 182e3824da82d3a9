// Whether the page's live views are waiting for weights, workers or the server: data-live on the
// document says "busy" or "idle", for whoever must know when a page has come to rest.
let count = 0

function change(by) {
  count += by
  if (globalThis.document) document.documentElement.dataset.live = count ? "busy" : "idle"
}

// The promise itself, counted until it is settled.
export function track(promise) {
  change(1)
  const done = () => change(-1)
  promise.then(done, done)
  return promise
}
