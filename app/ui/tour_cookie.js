// Remembers, in the visitor's browser alone, that the tour needs no showing of itself any more.
const YEAR = 365 * 24 * 60 * 60 // seconds

export default function ({ data }) {
  if (!data.seen) return
  const { pathname } = new URL(window.__streamlit?.BACKEND_BASE_URL ?? "./", location.href)
  const secure = location.protocol === "https:" ? "; secure" : ""
  document.cookie = `${data.name}=seen; path=${pathname}; max-age=${YEAR}; samesite=lax${secure}`
}
