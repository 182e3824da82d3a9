// Whether the page's live views are waiting for weights, workers or the server: data-live on the
// document says "busy" or "idle", for whoever must know when a page has come to rest.
import { watchBusy } from "../engine/busy.js"

export { track } from "../engine/busy.js"

watchBusy((busy) => {
  document.documentElement.dataset.live = busy ? "busy" : "idle"
})
