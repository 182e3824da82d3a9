// One entry a page in the browser's history. The server puts this into every page, before Streamlit.
//
// Streamlit makes an entry of each address that Python writes (pushState), so that Back would go
// through every place of every slider. Here an address of the same page takes the place of the last.
// Back and Forward then lead from page to page, each as it was left (app/state/url.py).
//
// An address comes at the end of a page's run, and by then the browser may be on another page: so
// Python says first of which page it is (OF_PAGE in app/state/url.py).
{
  const push = history.pushState
  const root = new URL(/** @type {any} */ (window).__streamlit.BACKEND_BASE_URL).pathname
  /** @type {History["pushState"]} */
  history.pushState = function (state, unused, url) {
    const { pathname, search, hash } = new URL(url ?? location.href, location.href)
    const [said, page] = /^\?_page=(\w*)&?/.exec(search) ?? [""]
    if (page !== undefined && page !== pathname.slice(root.length)) return
    const rest = search.slice(said.length)
    const address = said ? pathname + (rest && `?${rest}`) + hash : url
    if (pathname === location.pathname) this.replaceState(state, unused, address)
    else push.call(this, state, unused, address)
  }
}
