// What Python sends is checked against the shape of its types.
import assert from "node:assert/strict"
import { test } from "node:test"
import { SHAPE } from "../../app/views/traverse/widget.payload.js"
import { mismatch } from "../../app/web/dom/payload.js"

/** @import { Shape } from "../../app/web/dom/payload.js" */

/** @type {Shape} */
const RUN = { object: { name: "string", bound: { any: ["number", "null"] } } }
/** @type {Shape} */
const DATA = {
  object: {
    runs: { list: RUN },
    ends: { tuple: ["number", "integer"] },
    sigmas: { map: "number" },
    kind: { oneOf: ["errors", "norms"] },
    on: "boolean",
  },
}

const sound = () => ({
  runs: [
    { name: "vae", bound: null },
    { name: "mu-vae-1", bound: 9.5 },
  ],
  ends: [0.5, 2],
  sigmas: { vae: 1 },
  kind: "norms",
  on: true,
  more: "which other parts of the page are told",
})

test("what fits the shape passes, with more than that", () => {
  assert.equal(mismatch(sound(), DATA), null)
})

/** @type {[name: string, spoil: (data: any) => void, problem: string][]} */
const SPOILT = [
  ["a missing key", (data) => delete data.kind, "data has no kind"],
  [
    "a missing key of a list's entry",
    (data) => delete data.runs[1].bound,
    "data.runs[1] has no bound",
  ],
  ["a number for a string", (data) => (data.runs[0].name = 3), "data.runs[0].name is no string"],
  ["NaN", (data) => (data.sigmas.vae = NaN), "data.sigmas.vae is no number"],
  ["a fraction for a whole number", (data) => (data.ends[1] = 0.5), "data.ends[1] is no integer"],
  ["a tuple of another length", (data) => data.ends.push(1), "data.ends has not 2 entries"],
  ["an object for a list", (data) => (data.runs = {}), "data.runs is no list"],
  ["a list for an object", (data) => (data.sigmas = []), "data.sigmas is no object"],
  ["null for an object", (data) => (data.runs[0] = null), "data.runs[0] is no object"],
  ["another word", (data) => (data.kind = "means"), "data.kind is none of errors, norms"],
  ["1 for true", (data) => (data.on = 1), "data.on is no boolean"],
  [
    "text for a number or null",
    (data) => (data.runs[0].bound = "9"),
    "data.runs[0].bound is no number",
  ],
]

for (const [name, spoil, problem] of SPOILT) {
  test(`${name} is refused, and named`, () => {
    const data = sound()
    spoil(data)
    assert.equal(mismatch(data, DATA), problem)
  })
}

test("a page's real shape refuses an empty payload by its first key", () => {
  assert.equal(mismatch({}, SHAPE), "data has no runs")
})
