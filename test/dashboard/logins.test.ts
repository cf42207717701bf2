/** What the dashboard shows is the logged-in person's and the open device's alone, whatever happened while the page was away. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { Line } from "../support/line.ts"
import { PASSWORD, People } from "./people.ts"
import { hasBrowser, openBrowser, Visitor } from "./visitor.ts"

const CONTACT = "51999999999"
/** Streams are opened again with growing pauses. */
const RETRIES_MS = 30_000

let gateway: TestGateway
let browser: Browser
let people: People

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({ env: { RATE_LIMIT_MAX: "10000" }, network: { prekeyCount: 50 } })
  browser = await openBrowser()
  people = new People(gateway, browser)
  gateway.network.addContact(CONTACT)
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

const composer = ({ page }: Visitor) => page.getByRole("textbox", { name: "Escriba un mensaje" })

/** Within the page, which a load would empty. */
const moveTo = ({ page }: Visitor, address: string) =>
  page.evaluate(`{
    history.pushState(null, "", ${JSON.stringify(address)})
    dispatchEvent(new PopStateEvent("popstate"))
  }`)

const who = async ({ page }: Visitor): Promise<string> =>
  ((await page.locator(".shell-header .who").textContent()) ?? "").replace(/\D/g, "")

/** An account with a connected device, whose page is open over a line that can be cut. */
const overLine = async (name: string) => {
  const line = await Line.to(gateway.url)
  const number = people.nextNumber()
  const token = await gateway.user(number, PASSWORD)
  const device = await people.connected(token, name)
  const visitor = await Visitor.at(line, browser)
  await visitor.signIn(number, PASSWORD)
  await visitor.untilState(name, "CONNECTED")
  await visitor.page.goto(`${line.url}/dashboard/dispositivos/${device.id}`)
  await visitor.page.getByRole("button", { name: "connection.opened" }).first().waitFor()
  return { line, visitor, token, device }
}

describe.skipIf(!hasBrowser)("one login after another", { timeout: 90_000 }, () => {
  it("leaves nothing of a person to the next one, and everything to the same one", async () => {
    const other = people.nextNumber()
    await gateway.user(other, PASSWORD)
    const { visitor, token, number } = await people.member()
    await using _ = visitor
    const { id } = await people.connected(token, "Caja 1")
    const chat = `/dashboard/conversaciones/${id}/${CONTACT}?q=nada`
    await visitor.page.goto(gateway.url + chat)
    await composer(visitor).fill("A medias")
    await visitor.press("Salir")
    await visitor.signIn(number, PASSWORD)
    await expect.poll(() => composer(visitor).inputValue()).toBe("A medias")
    await visitor.press("Salir")
    await visitor.signIn(other, PASSWORD)
    await visitor.sees("Todavía no hay dispositivos")
    expect(await who(visitor)).toBe(other)
    expect(visitor.page.url()).toBe(`${gateway.url}/dashboard/`)
    await visitor.press("Salir")
    await visitor.signIn(number, PASSWORD)
    await visitor.untilState("Caja 1", "CONNECTED")
    await moveTo(visitor, chat)
    expect(await composer(visitor).inputValue()).toBe("")
  })

  it("notices that another person logged in elsewhere while it was away", async () => {
    const other = people.nextNumber()
    await gateway.user(other, PASSWORD)
    const { line, visitor } = await overLine("Caja 2")
    await using _line = line
    await using _visitor = visitor
    line.cut()
    await visitor.sees(/^Sin conexión, reintentando… Los datos/)
    const data = { number: other, password: PASSWORD }
    expect((await visitor.context.request.post(`${gateway.url}/v1/session`, { data })).status()).toBe(201)
    line.mend()
    await expect.poll(() => visitor.page.url(), { timeout: RETRIES_MS }).toBe(`${line.url}/dashboard/`)
    await visitor.sees("Todavía no hay dispositivos")
    expect(await who(visitor)).toBe(other)
  })

  it("notices that its login ended while it was away", async () => {
    const { line, visitor } = await overLine("Caja 3")
    await using _line = line
    await using _visitor = visitor
    line.cut()
    await visitor.sees(/^Sin conexión, reintentando… Los datos/)
    const headers = { origin: gateway.url }
    expect((await visitor.context.request.delete(`${gateway.url}/v1/session`, { headers })).status()).toBe(204)
    line.mend()
    await visitor.page.locator(".entrance").waitFor({ timeout: RETRIES_MS })
  })

  it("loads the events anew when the log was trimmed beyond where it stopped", async () => {
    const { line, visitor, token, device } = await overLine("Caja 4")
    await using _line = line
    await using _visitor = visitor
    // A log keeps its last day, so that nothing of this test can be trimmed: instead the gateway refuses the position, before the upgrade as well.
    await visitor.page.addInitScript(`{
      const Plain = WebSocket
      globalThis.WebSocket = class extends Plain {
        constructor(address) {
          const url = new URL(address)
          if (url.searchParams.has("after")) url.searchParams.set("after", "trimmed")
          super(url)
        }
      }
    }`)
    await visitor.page.reload()
    await visitor.page.getByRole("button", { name: "connection.opened" }).first().waitFor()
    const send = (text: string) => gateway.post(`/v1/devices/${device.id}/messages`, { to: CONTACT, text }, { token })
    // The stream has a position once it has told of an event.
    await send("Hola")
    await visitor.page
      .getByRole("button", { name: /^message\./ })
      .first()
      .waitFor()
    const rows = () => visitor.page.locator(".event-table").getAttribute("aria-rowcount")
    const before = Number(await rows())
    line.cut()
    await visitor.sees(/^Sin conexión, reintentando… Los datos/)
    await send("Mientras tanto")
    line.mend()
    await expect.poll(async () => Number(await rows()), { timeout: RETRIES_MS }).toBeGreaterThan(before)
    await visitor.page.locator(".connection-bar").waitFor({ state: "detached", timeout: RETRIES_MS })
  })

  it("shows no proof of the device before", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    await people.connected(token, "Caja 5")
    await people.connected(token, "Almacén")
    await visitor.page.getByRole("link", { name: "Caja 5" }).click()
    await visitor.press("Verificar la cadena")
    await visitor.page.getByRole("button", { name: /^cadena ✓ / }).waitFor()
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type("almac")
    await visitor.page.keyboard.press("Enter")
    await visitor.page.getByRole("heading", { level: 1, name: "Almacén" }).waitFor()
    await visitor.page.getByRole("button", { name: "Verificar la cadena" }).waitFor()
    expect(await visitor.page.getByRole("button", { name: /^cadena ✓ / }).count()).toBe(0)
  })

  it("says that a page is missing where an address cannot be read", async () => {
    const { visitor } = await people.member()
    await using _ = visitor
    await visitor.sees("Todavía no hay dispositivos")
    await moveTo(visitor, "/dashboard/dispositivos/%E0%A4%A")
    await visitor.sees("Esta página no existe")
    await visitor.page.goBack()
    await visitor.sees("Todavía no hay dispositivos")
  })
})
