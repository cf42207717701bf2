/** The page of one device: why it is as it is, what changed, its sends, its proof; and the keys that lead there. */
import { readFileSync } from "node:fs"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { MESSAGES } from "../../dashboard/src/state/event-types.ts"
import { TestGateway } from "../support/gateway.ts"
import { Line } from "../support/line.ts"
import { until } from "../support/until.ts"
import { hasBrowser, openBrowser, PHONE, Visitor, type VisitOptions } from "./visitor.ts"

const PASSWORD = "una-clave-larga"
const NUMBER = "51922000001"
const CONTACT = "51999999999"
let gateway: TestGateway
let browser: Browser
let token: string
let id: string
let phone: ReturnType<TestGateway["network"]["addPhone"]>

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({ env: { RATE_LIMIT_MAX: "10000" }, network: { prekeyCount: 50 } })
  browser = await openBrowser()
  token = await gateway.user(NUMBER, PASSWORD)
  const { body } = await gateway.post("/v1/devices", { number: NUMBER, name: "Caja 1" }, { token })
  id = body.id
  phone = gateway.network.addPhone(NUMBER)
  gateway.network.addContact(CONTACT, { behaviour: "reads" })
  await gateway.post(`/v1/devices/${id}/start`, {}, { token })
  await phone.scanQr(await gateway.qr(token, NUMBER))
  await gateway.untilState(token, NUMBER, "CONNECTED")
}, 60_000)
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

const atDevice = async (options: VisitOptions & { readonly query?: string } = {}) => {
  const visitor = await Visitor.at(gateway, browser, options)
  await visitor.signIn(NUMBER, PASSWORD)
  await visitor.untilState("Caja 1", "CONNECTED")
  await visitor.page.goto(`${gateway.url}/dashboard/dispositivos/${id}${options.query ?? ""}`)
  await visitor.page.getByRole("heading", { level: 1, name: "Caja 1" }).waitFor()
  return visitor
}

const send = async (text: string): Promise<string> => {
  const { body } = await gateway.post(`/v1/devices/${id}/messages`, { to: CONTACT, text }, { token })
  return body.id as string
}

describe.skipIf(!hasBrowser)("the page of a device", { timeout: 60_000 }, () => {
  it("shows one send as one row, which grows as its receipts come", async () => {
    await using visitor = await atDevice({ query: "?kind=messages" })
    await send("Hola")
    const steps = visitor.page.locator(".message-steps").first()
    await expect.poll(() => steps.textContent()).toMatch(/^en cola → enviado \+\d+ ms → .*leído \+/)
    const rows = await visitor.page.locator(".event-table tbody tr").count()
    await visitor.page.getByLabel("Un envío, una fila").uncheck()
    await visitor.page.getByRole("button", { name: "message.queued" }).first().waitFor()
    expect(await visitor.page.locator(".event-table tbody tr").count()).toBeGreaterThan(rows)
    expect(visitor.page.url()).toContain("rows=all")
    await visitor.isAccessible()
  })

  it("says why it is in its state and what changed, now and at any moment, with the machine beside", async () => {
    await using visitor = await atDevice()
    await visitor.page.locator(".statechart .connected.present").waitFor()
    await visitor.sees("WhatsApp no ha limitado la cuenta.")
    gateway.network.fault({ kind: "close", number: NUMBER })
    await gateway.untilState(token, NUMBER, "RECONNECTING")
    await gateway.untilState(token, NUMBER, "CONNECTED")
    await expect
      .poll(() => visitor.page.locator(".moment-causes").textContent())
      .toMatch(/^connection\.opened.*connection\.retried.*connection\.lost 4\d\d · \w+/)
    const events = await gateway.events(token, NUMBER)
    const lost = events.find(({ type }) => type === "connection.lost")
    await visitor.page.goto(`${visitor.page.url()}?at=${lost?.position}`)
    await visitor.page.locator(".statechart .reconnecting.present").waitFor()
    await visitor.page.locator(".statechart .taken").waitFor()
    await visitor.sees("Qué cambió")
    expect(await visitor.page.locator(".moment-changes").textContent()).toContain("Motivo: – → Se cortó la conexión.")
    await visitor.page.locator(".moment-causes").getByRole("button", { name: "connection.lost" }).click()
    await visitor.sees(`Evento ${lost?.position}`)
    expect(visitor.page.url()).toContain(`event=${lost?.position}`)
    await visitor.page.keyboard.press("Escape")
    await visitor.picture("device-reconnecting")
    await visitor.isAccessible()
    await visitor.page.goBack()
    await visitor.page.setViewportSize(PHONE)
    await visitor.fits()
  })

  it("opens an event from its address, and gives the call that returns it", async () => {
    const events = await gateway.events(token, NUMBER)
    const { position = 0 } = events.find(({ type }) => type === "device.paired") ?? {}
    await using visitor = await atDevice({ query: `?kind=messages&event=${position}` })
    await visitor.sees(`Evento ${position}`)
    // The list of messages does not have it, and so nothing beside it.
    await visitor.page
      .getByRole("button", { name: /^message\./ })
      .first()
      .waitFor()
    for (const name of ["Anterior", "Siguiente"]) {
      expect(await visitor.page.getByRole("dialog").getByRole("button", { name }).isDisabled()).toBe(true)
    }
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Ver la llamada" }).click()
    const code = visitor.page.getByLabel("La misma llamada desde su programa").last()
    expect(await code.textContent()).toContain(`/v1/devices/${id}/events?order=newest&limit=1&before=${position + 1}`)
    await visitor.press("Python")
    expect(await code.textContent()).toContain("import os, requests")
    await visitor.isAccessible()
  })

  it("asks again for events whose first page failed while the stream is open", async () => {
    await using visitor = await atDevice()
    const firstPage = /\/events\?order=newest&limit=100/
    const problem = { type: "about:blank", title: "", status: 503, code: "store-unavailable", detail: "away" }
    await visitor.page.route(firstPage, (route) => route.fulfill({ status: 503, json: problem }))
    await visitor.page.reload()
    await visitor.page.locator(".problem-note").getByText("store-unavailable").waitFor()
    expect(await visitor.page.locator(".event-table tbody tr").count()).toBe(0)
    await visitor.page.unroute(firstPage)
    await visitor.press("Reintentar")
    await visitor.page.getByRole("button", { name: "connection.opened" }).first().waitFor()
    expect(await visitor.page.locator(".problem-note").count()).toBe(0)
  })

  it("verifies the chain, exports it, and signs the head", async () => {
    await using visitor = await atDevice()
    await visitor.press("Verificar la cadena")
    await visitor.page.getByRole("button", { name: /^cadena ✓ / }).click()
    await visitor.sees(/ningún evento de este dispositivo se cambió/)
    const download = visitor.page.waitForEvent("download")
    await visitor.page.getByRole("link", { name: "Exportar como NDJSON" }).click()
    const exported = readFileSync((await (await download).path()) ?? "", "utf8")
    const lines = exported.trim().split("\n")
    expect(lines.length).toBeGreaterThan(5)
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "device.registered" })
    await visitor.press("Firmar la cabeza")
    const head = visitor.page.getByLabel("Cabeza firmada")
    await head.waitFor()
    expect(JSON.parse((await head.textContent()) ?? "")).toMatchObject({ format: "bitacora-head-1" })
    await visitor.isAccessible()
  })

  it("misses no event when its stream is cut again and again", async () => {
    await using line = await Line.to(gateway.url)
    await using visitor = await Visitor.at(line, browser)
    await visitor.signIn(NUMBER, PASSWORD)
    await visitor.untilState("Caja 1", "CONNECTED")
    await send("El primero")
    await visitor.page.goto(`${line.url}/dashboard/dispositivos/${id}?kind=messages&rows=all`)
    await visitor.page.locator(".event-table tbody tr").first().waitFor()
    for (let nth = 0; nth < 60; nth++) {
      if (nth % 20 === 5) line.cut()
      await send(`Hola ${nth}`)
      if (nth % 20 === 15) line.mend()
    }
    await until(async () => {
      const { body } = await gateway.get(`/v1/devices/${id}/events?order=newest&limit=1`, { token })
      return body.items[0].type === "message.read"
    }, "the last message to be read")
    await visitor.page.locator(".connection-bar").waitFor({ state: "detached" })
    const { body } = await gateway.get(`/v1/devices/${id}/events?order=newest&limit=1000&types=${MESSAGES.join(",")}`, {
      token
    })
    const expected = body.items.map(({ position }: { position: number }) => position)
    await expect
      .poll(() => visitor.page.locator(".event-table").getAttribute("aria-rowcount"))
      .toBe(String(expected.length + 1))
    const shown = new Set<number>()
    await until(async () => {
      for (const position of await visitor.page.locator(".event-table tbody tr > :last-child").allTextContents()) {
        if (position !== "") shown.add(Number(position))
      }
      await visitor.page.evaluate("scrollBy(0, innerHeight / 2)")
      return shown.size === expected.length
    }, "all rows")
    expect([...shown].toSorted((a, b) => b - a)).toEqual(expected)
  })

  it("shows times in UTC when asked to, and keeps that", async () => {
    await using visitor = await atDevice()
    await visitor.press("Hora local, Cambiar entre su zona horaria y UTC")
    await expect.poll(() => visitor.page.locator(".ends span").first().textContent()).toMatch(/UTC$/)
    await visitor.page.reload()
    await expect.poll(() => visitor.page.locator(".ends span").first().textContent()).toMatch(/UTC$/)
  })

  it("is found with Ctrl-K, by a part of its name or number, with the keyboard alone", async () => {
    await using visitor = await Visitor.at(gateway, browser)
    await visitor.signIn(NUMBER, PASSWORD)
    await visitor.untilState("Caja 1", "CONNECTED")
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type("caja 1")
    await visitor.page.getByRole("option", { name: /^Caja 1 \+51/ }).waitFor()
    await visitor.isAccessible()
    await visitor.page.keyboard.press("Enter")
    await visitor.sees("Estados en el tiempo")
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type("ingl")
    await visitor.page.keyboard.press("Enter")
    await visitor.sees("States over time")
  })

  it("shows the worst state in the icon of the tab", async () => {
    await using visitor = await Visitor.at(gateway, browser)
    await visitor.signIn(NUMBER, PASSWORD)
    await visitor.untilState("Caja 1", "CONNECTED")
    const icon = () => visitor.page.locator("link[rel=icon]").getAttribute("href")
    expect(await icon()).toMatch(/\/dashboard\/assets\/icon/)
    gateway.network.fault({ kind: "logged_out", number: NUMBER })
    await visitor.untilState("Caja 1", "ERROR")
    await expect.poll(icon).toMatch(/^data:image\/svg/)
  })
})
