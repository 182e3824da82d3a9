// One entry a page in the browser's history. The server puts this into every page, before Streamlit.
//
// Streamlit makes an entry of each address that Python writes (pushState), so that Back would go
// through every place of every slider. Here an address of the same page takes the place of the last.
// Back and Forward then lead from page to page, each as it was left (app/state/url.py).
//
// An address comes at the end of a page's run, and by then the browser may be on another page: so
// Python says first of which page it is (OF_PAGE in app/state/url.py). After Back and Forward,
// Streamlit replaces the address itself.
{
  const { pushState, replaceState } = history
  const root = new URL(/** @type {any} */ (window).__streamlit.BACKEND_BASE_URL).pathname

  /**
   * An address without the page that it says it is of; null if that page has been left.
   * @param {string | URL} url
   */
  const checked = (url) => {
    const { pathname, search, hash } = new URL(url, location.href)
    const [said, page] = /^\?_page=(\w*)&?/.exec(search) ?? [""]
    if (page !== undefined && page !== pathname.slice(root.length)) return null
    const rest = search.slice(said.length)
    return pathname + (rest && (said ? `?${rest}` : rest)) + hash
  }

  history.pushState = function (state, unused, url) {
    const address = checked(url ?? location.href)
    if (address === null) return
    const same = new URL(address, location.href).pathname === location.pathname
    const write = same ? replaceState : pushState
    write.call(this, state, unused, address)
  }

  history.replaceState = function (state, unused, url) {
    const address = checked(url ?? location.href)
    if (address !== null) replaceState.call(this, state, unused, address)
  }
}
