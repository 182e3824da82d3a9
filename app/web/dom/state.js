// A value that Python owns and a view changes (docs/DESIGN.md, "State of a live view").
//
// Each change, on either side, has a revision of its own: one more than the last that its side knew.
// The view tells Python its changes; Python answers each rerun with the value that holds and the
// revision that it has seen. An answer with an older revision is an echo and says nothing; one with a
// newer revision is taken, also where the view has had its value before. Where both sides change the
// value at once, they come to the same revision, and Python's value holds.
// app/ui/live_state.py is the other side.

/**
 * What Python says of a value, and the view of a change of it. `session` is Python's session: another
 * one, as after a restart of the server, numbers its revisions anew.
 * @template T
 * @typedef {{ value: T, revision: number, session: string }} Message
 */

/**
 * A value as text, the same for the same value in whatever order its keys stand.
 * @param {unknown} value
 * @returns {string}
 */
function textOf(value) {
  return JSON.stringify(value, (_, part) =>
    part && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  )
}

/** @template T */
export class LiveState {
  constructor() {
    /** The newest revision that both sides can know of. */
    this.revision = -1
    this.session = ""
    /** Its value, as text. */
    this.known = ""
    /** Whether somebody has begun to change the value, of which Python has not been told. */
    this.changing = false
  }

  /**
   * Take what Python says. A change that is under way in the view goes before it: told after this, it
   * is the newer one.
   * @param {Message<T>} message
   * @returns {boolean} whether the view has another value to show
   */
  take({ value, revision, session }) {
    const text = textOf(value)
    const restarted = session !== this.session
    if (!restarted && revision < this.revision) return false
    const same = text === this.known
    Object.assign(this, { revision, session, known: text })
    if (restarted) this.changing = false
    return restarted || !(same || this.changing)
  }

  /** Somebody changes the value in the view: until `tell`, Python's older values wait. */
  change() {
    this.changing = true
  }

  /** Forget the change that is under way: the next that Python says is taken. */
  drop() {
    if (this.changing) this.known = ""
    this.changing = false
  }

  /**
   * Tell Python the value, once it rests, if somebody has changed it.
   * @param {T} value
   * @param {(message: Message<T>) => void} send
   */
  tell(value, send) {
    if (!this.changing) return
    this.changing = false
    const text = textOf(value)
    if (text === this.known) return
    this.revision += 1
    this.known = text
    send({ value, revision: this.revision, session: this.session })
  }
}
