// Whether the page's live views wait for weights, workers or the server, or until nothing moves:
// data-live on the document says "busy" or "idle", for whoever must know when a page is at rest.
import { watchBusy } from "../engine/busy.js"

export { track } from "../engine/busy.js"

// Modules of the views are imported where there is no page, too: by the tests in Node.
watchBusy((busy) => {
  if (globalThis.document) document.documentElement.dataset.live = busy ? "busy" : "idle"
})
