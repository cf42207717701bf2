/** A person's whole way through the dashboard, with a picture of each page: PICTURES names the folder where they are kept. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { hasBrowser, openBrowser, PHONE, Visitor } from "./visitor.ts"
import { PASSWORD } from "./people.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
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

/** Registers, and goes on to the dashboard. */
const registered = async (): Promise<Visitor> => {
  const visitor = await Visitor.at(gateway, browser, { path: "/login.html" })
  await visitor.picture("sign-in")
  await visitor.press("Registrar")
  await visitor.fill("Número de teléfono", NUMBER)
  await visitor.fill("Contraseña", PASSWORD)
  await visitor.page.locator("form").getByRole("button", { name: "Registrar" }).click()
  await visitor.sees("Su token para la API")
  await visitor.press("Continuar")
  await visitor.sees("Todavía no hay dispositivos")
  await visitor.picture("devices-empty")
  return visitor
}

/** Adds a device and links a phone with its QR. */
const link = async (visitor: Visitor): Promise<void> => {
  const phone = gateway.network.addPhone(NUMBER)
  await visitor.press("Agregar Dispositivo")
  await visitor.fill("Nombre", "Caja 1")
  await visitor.fill("Número del teléfono", NUMBER)
  await visitor.press("Agregar y vincular")
  const qr = await visitor.qr()
  await visitor.picture("linking")
  await phone.scanQr(qr)
  await visitor.sees("SESIÓN ABIERTA")
  await visitor.press("Listo")
  await visitor.untilState("Caja 1", "CONNECTED")
}

/** Answers a contact, until the ticks say that it was read. */
const converse = async (visitor: Visitor): Promise<void> => {
  const beto = gateway.network.addContact(CONTACT, { name: "Beto", behaviour: "reads" })
  await beto.send(NUMBER, { text: "Hola, ¿a qué hora abren mañana?" })
  await visitor.page.getByRole("link", { name: "Conversaciones", exact: true }).click()
  await visitor.page.locator(".chat-row", { hasText: "Beto" }).getByRole("link").click()
  await visitor.page.getByRole("textbox", { name: "Escriba un mensaje" }).fill("Desde las 9, le esperamos.")
  await visitor.page.keyboard.press("Enter")
  await visitor.page
    .locator(".message-bubble", { hasText: "Desde las 9" })
    .getByText("Leído")
    .waitFor({ state: "attached" })
  await visitor.picture("conversations")
  await visitor.isAccessible()
}

describe.skipIf(!hasBrowser)("from the registration to the proof", { timeout: 90_000 }, () => {
  it("a person links a phone, converses, sees why it was cut off, goes back in time, and verifies it all", async () => {
    await using visitor = await registered()
    await link(visitor)
    await visitor.picture("devices")
    await converse(visitor)

    await visitor.page.getByRole("link", { name: "Dispositivos", exact: true }).click()
    await visitor.page.getByRole("link", { name: "Caja 1" }).click()
    await visitor.sees("Estados en el tiempo")
    const { position } = (await gateway.events(await tokenOf(), NUMBER)).findLast(({ to }) => to === "CONNECTED") ?? {}
    gateway.network.fault({ kind: "logged_out", number: NUMBER })
    await visitor.page.locator(".statechart .error.present").waitFor()
    await visitor.sees("Se cerró la sesión desde el teléfono o WhatsApp. Vincúlelo otra vez con el teléfono.")
    await visitor.page.locator(".bands .error").waitFor()
    await expect.poll(() => visitor.page.locator(".moment-causes").textContent()).toMatch(/^device\.logged_out/)
    await visitor.picture("device")

    await visitor.page.goto(`${visitor.page.url()}?at=${position}`)
    await visitor.page.locator(".statechart .connected.present").waitFor()
    await visitor.sees("Qué cambió")
    await visitor.picture("device-at-a-moment")
    await visitor.isAccessible()

    await visitor.press("Verificar la cadena")
    await visitor.page.getByRole("button", { name: /^cadena ✓/ }).click()
    await visitor.sees(/ningún evento de este dispositivo se cambió/)
    await visitor.picture("proof")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.keyboard.press("Control+k")
    await visitor.page.keyboard.type("caja")
    await visitor.picture("find")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.setViewportSize(PHONE)
    await visitor.fits()
    await visitor.picture("device-on-a-phone")
    await visitor.page.getByRole("link", { name: "Dispositivos", exact: true }).click()
    await visitor.row("Caja 1").waitFor()
    await visitor.picture("devices-on-a-phone")
  })
})

const tokenOf = async (): Promise<string> =>
  (await gateway.post("/api/login", { numero: NUMBER, password: PASSWORD })).body.token
