// Views of one value each, driven line by line by tests/app/ui/test_live_state.py: JSON in, JSON out.
import { createInterface } from "node:readline"
import { LiveState } from "../../app/web/dom/state.js"

/** @type {{ state: LiveState<unknown>, value: unknown }[]} */
const views = []

for await (const line of createInterface({ input: process.stdin })) {
  const { view: at, act, say } = JSON.parse(line)
  if (act === "open") views[at] = { state: new LiveState(), value: undefined }
  const view = views[at]
  /** @type {unknown[]} */
  const sent = []
  if (act === "take" && view.state.take(say)) view.value = say.value
  if (act === "move") {
    view.state.change()
    view.value = say
  }
  if (act === "rest") view.state.tell(view.value, (message) => sent.push(message))
  process.stdout.write(`${JSON.stringify({ value: view.value ?? null, sent })}\n`)
}
