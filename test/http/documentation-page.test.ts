/** /docs in a browser: it shows the API and makes requests only to this gateway. */
import { spawnSync } from "node:child_process"
import { chromium } from "playwright-core"
import { describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { isNotHere } from "../support/not-here.ts"

const executablePath = "/usr/bin/chromium"
const isHere =
  spawnSync(executablePath, ["--version"]).status === 0 ||
  isNotHere("there is no chromium on this machine", "the documentation page is not tested")

describe.skipIf(!isHere)("/docs", () => {
  it("shows the dialects and their routes, and makes no request to another host", { timeout: 60_000 }, async () => {
    await using gateway = await TestGateway.start()
    await using browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
    const page = await browser.newPage()
    const requests: string[] = []
    const problems: string[] = []
    page.on("request", (request) => requests.push(request.url()))
    page.on("pageerror", (failure) => problems.push(failure.message))
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text())
    })
    await page.goto(`${gateway.url}/docs`)
    for (const text of ["Add a device", "Tokens and users", "WHATSAPP25"]) await page.getByText(text).first().waitFor()
    // Long enough for a page to ask for fonts, pictures or statistics.
    await page.waitForTimeout(1_000)
    const elsewhere = requests.filter((url) => !url.startsWith(gateway.url) && !/^(data|blob):/.test(url))
    expect(elsewhere).toEqual([])
    expect(requests).toContain(`${gateway.url}/openapi.json`)
    expect(problems).toEqual([])
  })
})
