// Opens pages of the app in Firefox, over WebDriver BiDi, and tells what it finds in each.
// usage: node firefox.js < task.json; the answer is JSON on stdout. tests/browser/test_firefox.py
// writes the task and judges the answer.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import puppeteer from "puppeteer-core"

/**
 * @typedef {object} Task
 * @property {string} firefox the browser's path
 * @property {string} base the app's address, where its first page is
 * @property {Record<string, string>} titles by page, as the sidebar has them
 * @property {string} settle source of a function that resolves once a page is at rest
 * @property {number} patience milliseconds
 * @property {string} screenshots a folder
 *
 * @typedef {object} Sight
 * @property {string} heading
 * @property {string[]} errors that the page tells, exceptions included
 * @property {string[]} blank canvases that can be seen and on which nothing was drawn
 * @property {boolean} drawn whether some canvas, chart or table shows something
 */

// Everything in the page, shadow roots included.
const LOOK = `(() => {
  const all = (selector, root = document) => [...root.querySelectorAll("*")].flatMap((element) => [
    ...(element.matches(selector) ? [element] : []),
    ...(element.shadowRoot ? all(selector, element.shadowRoot) : []),
  ])
  const canvases = all("canvas").filter((canvas) => {
    const { width, height } = canvas.getBoundingClientRect()
    return width && height && canvas.width && canvas.height
      && canvas.checkVisibility({ visibilityProperty: true })
  }).map((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    const pixels = new Uint32Array(data.buffer)
    const even = pixels.every((pixel) => pixel === pixels[0])
    const name = canvas.dataset.testid ?? (canvas.getAttribute("aria-label") || canvas.className)
    return { name, even, blank: even && pixels[0] === 0 }
  })
  return {
    heading: document.querySelector("h1")?.textContent ?? "",
    errors: all("[data-testid=stException], [data-testid=stAlertContentError], .katex-error,"
      + ".live > .problem, .live .problem").map((part) => part.textContent).filter(Boolean),
    blank: canvases.filter(({ blank }) => blank).map(({ name }) => name),
    drawn: canvases.some(({ even }) => !even) || all(".js-line[d], .point path[d], td").length > 0,
  }
})()`

/** @type {Task} */
const task = JSON.parse(await text(process.stdin))
const profile = mkdtempSync(join(tmpdir(), "firefox-"))
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: task.firefox,
  headless: true,
  userDataDir: profile,
  timeout: task.patience,
  protocolTimeout: 2 * task.patience,
})
try {
  const page = await browser.newPage()
  await page.setViewport({ width: 1440, height: 900 })
  /** @type {string[]} */
  let problems = []
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()}`)
  })
  page.on("pageerror", (error) => problems.push(`uncaught: ${error}`))
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`)
  })
  /** @type {Record<string, Sight & { problems: string[] }>} */
  const pages = {}
  await page.goto(task.base, { timeout: task.patience })
  for (const [name, title] of Object.entries(task.titles)) {
    const link = `xpath///*[@data-testid="stSidebarNavLink"][contains(., "${title}")]`
    await page.locator(link).setTimeout(task.patience).click()
    await page.waitForSelector(`xpath///h1[contains(., "${title}")]`, { timeout: task.patience })
    await page
      .evaluate(`(${task.settle})([150, ${task.patience}])`)
      .catch((error) => problems.push(String(error)))
    const sight = /** @type {Sight} */ (await page.evaluate(LOOK))
    await page.screenshot({ path: join(task.screenshots, `firefox-${name}.png`) })
    pages[name] = { ...sight, problems }
    problems = []
  }
  process.stdout.write(JSON.stringify({ version: await browser.version(), pages }))
} finally {
  await browser.close()
  rmSync(profile, { recursive: true, force: true })
}
