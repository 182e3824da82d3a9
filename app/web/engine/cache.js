// What was made for the runs and datasets on the page, kept from page to page; of those that are
// shown no longer, only the last few.

/** @typedef {{ source: string, version: string }} Owner a run or a dataset, as it is now */
/** @typedef {{ promise: Promise<any>, value?: any }} Entry */

export class Cache {
  /** @param {number} most how many owners it keeps that nobody retains */
  constructor(most) {
    this.most = most
    /** @type {Map<string, Map<string, Entry>>} by owner, the last used last, and by part */
    this.owners = new Map()
    /** @type {Map<object, Set<string>>} owners by who retains them */
    this.retained = new Map()
  }

  /**
   * The promise of an owner's part; `make` makes it if it is not here. What fails is not kept.
   * @template T
   * @param {Owner} owner
   * @param {string} part
   * @param {() => Promise<T>} make
   * @returns {Promise<T>}
   */
  get(owner, part, make) {
    const parts = this.touch(keyOf(owner)) ?? new Map()
    this.owners.set(keyOf(owner), parts)
    let entry = parts.get(part)
    if (!entry) {
      entry = /** @type {Entry} */ ({ promise: make() })
      parts.set(part, entry)
      this.settle(entry, parts, part)
      this.evict()
    }
    return entry.promise
  }

  /**
   * @param {Entry} entry
   * @param {Map<string, Entry>} parts
   * @param {string} part
   */
  async settle(entry, parts, part) {
    try {
      entry.value = await entry.promise
    } catch {
      parts.delete(part) // to be tried again; whoever has the promise learns why
    }
  }

  /** An owner's part if it is here, else undefined. @param {Owner} owner @param {string} part */
  ready(owner, part) {
    return this.touch(keyOf(owner))?.get(part)?.value
  }

  /**
   * Keep these owners, and no longer the ones before, for as long as `by` retains them.
   * @param {object} by
   * @param {Owner[]} owners
   */
  retain(by, owners) {
    if (owners.length) this.retained.set(by, new Set(owners.map(keyOf)))
    else this.retained.delete(by)
    this.evict()
  }

  /** @param {string} key */
  touch(key) {
    const parts = this.owners.get(key)
    if (parts) {
      this.owners.delete(key)
      this.owners.set(key, parts)
    }
    return parts
  }

  evict() {
    const retained = new Set([...this.retained.values()].flatMap((keys) => [...keys]))
    const others = [...this.owners.keys()].filter((key) => !retained.has(key))
    for (const key of others.slice(0, Math.max(0, others.length - this.most))) {
      this.owners.delete(key)
    }
  }
}

/** @param {Owner} owner */
function keyOf({ source, version }) {
  return `${source}?v=${version}`
}
