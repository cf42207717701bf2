/** The dashboard without a mouse: from the registration to a message that is read, and back in time. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { PASSWORD } from "./people.ts"
import { hasBrowser, openBrowser, Visitor } from "./visitor.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const TABS_MAX = 60
let gateway: TestGateway
let browser: Browser

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  browser = await openBrowser()
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

/** What the keyboard is at: its name as a screen reader says it, roughly. */
const FOCUSED = `(() => {
  const { activeElement: at } = document
  return at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent ?? ""
})()`

/** Presses Tab until something of this name has the focus, which must be seen. */
const tabTo = async ({ page }: Visitor, name: string | RegExp): Promise<void> => {
  const isIt = (found: string) => (typeof name === "string" ? found.startsWith(name) : name.test(found))
  for (let nth = 0; nth < TABS_MAX; nth++) {
    await page.keyboard.press("Tab")
    if (!isIt((await page.evaluate<string>(FOCUSED)).trim())) continue
    const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")
    expect(outline, `the focus on ${String(name)} shows`).not.toBe("none")
    return
  }
  throw new Error(`no Tab leads to ${String(name)}`)
}

const press = async (visitor: Visitor, name: string | RegExp): Promise<void> => {
  await tabTo(visitor, name)
  await visitor.page.keyboard.press("Enter")
}

describe.skipIf(!hasBrowser)("with the keyboard alone", { timeout: 90_000 }, () => {
  it("a person registers, links a phone, answers a contact, and looks at the past", async () => {
    await using visitor = await Visitor.at(gateway, browser)
    const { page } = visitor
    await visitor.sees("Iniciar Sesión")
    // The first field has the focus; before it are the tabs, between which the arrows move.
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("ArrowRight")
    await page.getByRole("tab", { name: "Registrar", selected: true }).waitFor()
    await tabTo(visitor, "Número de teléfono")
    await page.keyboard.type(NUMBER)
    await tabTo(visitor, "Contraseña")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await visitor.sees("Su token para la API")
    await press(visitor, "Continuar")

    const phone = gateway.network.addPhone(NUMBER)
    await visitor.sees("Todavía no hay dispositivos")
    await press(visitor, "Agregar Dispositivo")
    await tabTo(visitor, "Nombre")
    await page.keyboard.type("Caja 1")
    await tabTo(visitor, "Número del teléfono")
    await page.keyboard.type(NUMBER)
    await page.keyboard.press("Enter")
    await phone.scanQr(await visitor.qr())
    await visitor.sees("SESIÓN ABIERTA")
    await press(visitor, "Listo")
    await visitor.untilState("Caja 1", "CONNECTED")

    const beto = gateway.network.addContact(CONTACT, { name: "Beto", behaviour: "reads" })
    await beto.send(NUMBER, { text: "¿Abren mañana?" })
    await page.keyboard.press("Control+k")
    await page.keyboard.type("conversaciones")
    await page.keyboard.press("Enter")
    await page.locator(".chat-row", { hasText: "Beto" }).waitFor()
    await press(visitor, /^Beto/)
    await page.locator(".message-bubble", { hasText: "¿Abren mañana?" }).waitFor()
    await tabTo(visitor, "Escriba un mensaje")
    await page.keyboard.type("Sí, a las 9")
    await page.keyboard.press("Enter")
    await page.locator(".message-bubble", { hasText: "Sí, a las 9" }).getByText("Leído").waitFor({ state: "attached" })

    await page.keyboard.press("Control+k")
    await page.keyboard.type("caja 1")
    await page.getByRole("option", { name: /^Caja 1 \+51/ }).waitFor()
    await page.keyboard.press("Enter")
    await visitor.sees("Estados en el tiempo")
    await page.locator(".bands .connected").waitFor()
    await tabTo(visitor, "Momento")
    await page.keyboard.press("Home")
    await page.locator(".statechart .none.present").waitFor()
    await press(visitor, "Verificar la cadena")
    await page.getByRole("button", { name: /^cadena ✓/ }).waitFor()
  })
})
