// One entry a page in the browser's history. The server puts this into every page, before Streamlit.
//
// Streamlit makes an entry of each address that Python writes (pushState), so that Back would go
// through every place of every slider. Here an address of the same page takes the place of the last.
// Back and Forward then lead from page to page, each as it was left (app/state/url.py).
{
  const push = history.pushState
  /** @type {History["pushState"]} */
  history.pushState = function (state, unused, url) {
    const same = new URL(url ?? location.href, location.href).pathname === location.pathname
    if (same) this.replaceState(state, unused, url)
    else push.call(this, state, unused, url)
  }
}
