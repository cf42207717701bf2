/** The page that docs/WHATSAPP25.md shows, in a browser: on another origin, it links a device and shows what happens. */
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { chromium } from "playwright-core"
import { describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { isNotHere } from "../support/not-here.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const executablePath = "/usr/bin/chromium"
const isHere =
  spawnSync(executablePath, ["--version"]).status === 0 ||
  isNotHere("there is no chromium on this machine", "the page of docs/WHATSAPP25.md is not tested")

const document = readFileSync(new URL("../../docs/WHATSAPP25.md", import.meta.url), "utf8")
const [, page = ""] = /```html\n(.*?)```/s.exec(document) ?? []

describe.skipIf(!isHere)("the page of docs/WHATSAPP25.md", () => {
  it("shows the QR, the state and a message, and goes on after a restart without a gap", {
    timeout: 60_000
  }, async () => {
    const server = createServer((_request, response) => {
      const text = page.replaceAll("http://127.0.0.1:3000", gateway.url)
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(text)
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using gateway = await TestGateway.start({ env: { ALLOWED_ORIGINS: origin }, network: { prekeyCount: 50 } })
    gateway.network.addContact(CONTACT)
    const phone = gateway.network.addPhone(ME)
    const token = await gateway.user(ME)
    await gateway.post("/api/add-device", { numero: ME, nombre: "Caja" }, { token })

    await using browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
    const tab = await browser.newPage()
    const problems: string[] = []
    tab.on("pageerror", (failure) => problems.push(failure.message))
    await tab.addInitScript((given) => localStorage.setItem("token", given), token)
    await tab.goto(origin)
    await phone.scanQr((await tab.locator("#qr[src]").getAttribute("src")) ?? "")
    await tab.getByText(`${ME}: conectado (CONNECTED)`).waitFor()
    expect(await tab.locator("#qr").getAttribute("src")).toBeNull()
    await gateway.network.contact(CONTACT).send(ME, { text: "Hola, caja" })
    await tab.getByText(`${CONTACT}: Hola, caja`).waitFor()

    await gateway.restart({ PORT: new URL(gateway.url).port })
    await gateway.untilState(token, ME, "CONNECTED")
    await gateway.network.contact(CONTACT).send(ME, { text: "otra vez" })
    await tab.getByText(`${CONTACT}: otra vez`).waitFor()
    expect(await tab.locator("#mensajes li").allTextContents()).toEqual([
      `${CONTACT}: Hola, caja`,
      `${CONTACT}: otra vez`
    ])
    expect(problems).toEqual([])
    server.closeAllConnections()
    server.close()
  })
})
