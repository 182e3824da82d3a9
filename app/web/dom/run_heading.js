// A run's heading, which also says where the server computes for it, and why.
import { watchRemote } from "../engine/remote.js"
import { element } from "./elements.js"

/** @type {Set<WeakRef<HTMLElement>>} */
const headings = new Set()
/** @type {Map<string, string>} by run: why this browser does not compute itself */
const reasons = new Map()

watchRemote((source, reason) => {
  reasons.set(source, reason)
  for (const each of headings) {
    const heading = each.deref()
    if (!heading) headings.delete(each)
    else if (heading.dataset.source === source) tell(heading)
  }
})

/** @param {HTMLElement} heading */
function tell(heading) {
  const reason = reasons.get(heading.dataset.source ?? "")
  if (reason === undefined || heading.querySelector(".remote")) return
  heading.append(
    element("span", "remote quiet", [`The server computes for this run: ${reason}.`], {
      role: "status",
    }),
  )
}

/**
 * A run's heading: label, and under it what it minimises and its bound.
 * @param {{ label: string, color: string, summary: string, source: string }} run
 */
export function runHeading(run) {
  const label = element("strong", "label", [run.label])
  label.style.setProperty("--run", run.color)
  const heading = element("div", "heading", [label, element("span", "summary", [run.summary])])
  heading.dataset.source = run.source
  headings.add(new WeakRef(heading))
  tell(heading)
  return heading
}
