// A live view that notes what happens to it: see mount.test.js.

/** @type {string[]} */
export const notes = []

export const SHAPE = { object: { text: "string" } }

export class View {
  /** @param {{ data: { text: string } }} component */
  update({ data }) {
    if (data.text === "fails") throw new Error("it fails")
    notes.push(data.text)
  }

  stop() {
    notes.push("stopped")
  }
}
