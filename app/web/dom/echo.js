// What a view tells the server comes back to it with every rerun, and old values after newer ones
// where the server is slow. An Echo tells those from what somebody else has chosen: a link, a page.
export class Echo {
  constructor() {
    this.told = new Set()
    this.last = null
  }

  // Whether a value from the server is not one that was told, and so is to be taken.
  isNews(value) {
    const text = JSON.stringify(value)
    if (this.told.has(text)) return false
    this.remember(text)
    return true
  }

  // Whether a value is another than the last, and so is to be told; which it then counts as.
  isDue(value) {
    const text = JSON.stringify(value)
    if (text === this.last) return false
    this.remember(text)
    return true
  }

  remember(text) {
    this.told.add(text)
    this.last = text
  }
}
