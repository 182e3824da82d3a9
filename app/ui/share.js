// Copies the address of the page as it is at the moment.
const SHOWN = 2500 // milliseconds

// Where the page is not from a secure place, browsers have no clipboard but the selection's.
function copySelected(text) {
  const area = document.createElement("textarea")
  area.value = text
  document.body.append(area)
  area.select()
  const done = document.execCommand("copy")
  area.remove()
  return done
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

export default function ({ parentElement }) {
  const [button, status] = ["button", "span"].map((tag) => parentElement.querySelector(tag))
  let timer = null
  button.onclick = async () => {
    const copied = await copy(location.href)
    status.textContent = copied ? "Copied" : "Copy it from the address bar"
    clearTimeout(timer)
    timer = setTimeout(() => {
      status.textContent = ""
    }, SHOWN)
  }
  return () => clearTimeout(timer)
}
