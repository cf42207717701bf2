/** The simulated phone of the dashboard in the sandbox: a person links, breaks and ends a link with it, and chats as a contact. */
import type { Browser, Locator } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { hasBrowser, openBrowser, PHONE, Visitor } from "./visitor.ts"

const PASSWORD = "una-clave-larga"
let gateway: TestGateway
let browser: Browser
let numbers = 0

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({
    env: { RATE_LIMIT_MAX: "10000", RETRY_FIRST_MS: "200", RETRY_CAP_MS: "400" },
    envOf: ({ controlUrl }) => ({ WA_CONTROL_URL: controlUrl }),
    network: { prekeyCount: 50 }
  })
  browser = await openBrowser()
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

const nextNumber = (): string => `51944${String(++numbers).padStart(6, "0")}`

/** A new account, logged in, with a device that is not linked. */
const member = async (options: Parameters<typeof Visitor.at>[2] = {}) => {
  const number = nextNumber()
  const token = await gateway.user(number, PASSWORD)
  const { id } = (await gateway.post("/v1/devices", { number, name: "Caja 1" }, { token })).body
  const visitor = await Visitor.at(gateway, browser, options)
  await visitor.signIn(number, PASSWORD)
  await visitor.row("Caja 1").waitFor()
  return { visitor, token, number, id: id as string, phone: phoneOf(visitor) }
}

const phoneOf = ({ page }: Visitor): Locator => page.locator(".sandbox-phone")
const press = (phone: Locator, name: string) => phone.getByRole("button", { name, exact: true }).click()
const flip = (phone: Locator, name: string) => phone.getByRole("switch", { name }).click()
const untilOn = (phone: Locator, name: string) => phone.getByRole("switch", { name, checked: true }).waitFor()

/** Links the device of the row with the phone that is in the dialog. */
const linked = async (visitor: Visitor, phone: Locator) => {
  await visitor.row("Caja 1").getByRole("button", { name: "Vincular" }).click()
  await visitor.qr()
  await press(phone, "Escanear el QR")
  await visitor.sees("SESIÓN ABIERTA")
  await visitor.press("Listo")
  await visitor.untilState("Caja 1", "CONNECTED")
}

describe.skipIf(!hasBrowser)("the dashboard's phone in the sandbox", { timeout: 90_000 }, () => {
  it("takes a new person from the registration to CONNECTED without a real phone", async () => {
    await using visitor = await Visitor.at(gateway, browser, { path: "/" })
    const phone = phoneOf(visitor)
    const number = nextNumber()
    await visitor.press("Registrar")
    await visitor.fill("Número de teléfono", number)
    await visitor.fill("Contraseña", PASSWORD)
    await visitor.page.locator("form").getByRole("button", { name: "Registrar" }).click()
    await visitor.press("Continuar")
    await visitor.sees(/use el teléfono de la derecha para vincularlo/)
    await phone.getByText("Todavía no tiene número.").waitFor()
    await visitor.isAccessible()
    await visitor.press("Agregar Dispositivo")
    await visitor.fill("Nombre", "Caja 1")
    await visitor.fill("Número del teléfono", number)
    await visitor.press("Agregar y vincular")
    await visitor.qr()
    await phone.getByText("Ningún dispositivo vinculado.").waitFor()
    await visitor.isAccessible()
    await visitor.picture("sandbox-linking")
    await press(phone, "Escanear el QR")
    await visitor.sees("SESIÓN ABIERTA")
    await visitor.press("Listo")
    await visitor.untilState("Caja 1", "CONNECTED")
    await phone.getByText("Dispositivos vinculados: 1").waitFor()
    await visitor.isAccessible()
  })

  it("refuses a QR, and scans the next one", async () => {
    const { visitor, phone } = await member()
    await using _ = visitor
    await phone.getByText("Primero pulse «Vincular…»").waitFor()
    expect(await phone.getByRole("button", { name: "Escanear el QR" }).isDisabled()).toBe(true)
    await flip(phone, "Rechazar el próximo QR")
    await untilOn(phone, "Rechazar el próximo QR")
    await visitor.row("Caja 1").getByRole("button", { name: "Vincular" }).click()
    const refused = await visitor.qr()
    await press(phone, "Escanear el QR")
    await phone.getByText("El teléfono no lo aceptó.").waitFor()
    await visitor.sees("El teléfono rechazó el QR. Escanee el nuevo.")
    await visitor.qr(refused)
    await phone.getByRole("switch", { name: "Rechazar el próximo QR", checked: false }).waitFor()
    await press(phone, "Escanear el QR")
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("types the code, and says when it is wrong", async () => {
    const { visitor, phone } = await member()
    await using _ = visitor
    await visitor.row("Caja 1").getByRole("button", { name: "Vincular" }).click()
    await visitor.press("Código")
    await visitor.press("Pedir un código")
    const shown = visitor.page.locator(".code-panel output")
    await shown.waitFor()
    const typed = phone.getByLabel("Código de 8 caracteres")
    await typed.fill("ABCD-EFGH")
    await press(phone, "Escribir")
    await phone.getByText("El teléfono no lo aceptó.").waitFor()
    await typed.fill(((await shown.textContent()) ?? "").toLowerCase())
    await press(phone, "Escribir")
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("asks for the passkey, signs with it, and shows the code to compare", async () => {
    const { visitor, phone } = await member()
    await using _ = visitor
    await flip(phone, "Pedir la clave de acceso")
    await untilOn(phone, "Pedir la clave de acceso")
    await visitor.row("Caja 1").getByRole("button", { name: "Vincular" }).click()
    await visitor.qr()
    await press(phone, "Escanear el QR")
    await visitor.sees("WhatsApp pide la clave de acceso de la cuenta.")
    await press(phone, "Firmar con la clave de acceso")
    await visitor.sees("¿El teléfono muestra este código?")
    const compared = await visitor.page.locator(".passkey-code").textContent()
    await expect.poll(() => phone.locator(".phone-passkey").textContent()).toBe(compared)
    await visitor.press("Es el mismo, o no hay ninguno")
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("loses the network and gets it back, and logs out with advice what to do", async () => {
    const { visitor, phone } = await member()
    await using _ = visitor
    await linked(visitor, phone)
    await visitor.page.getByRole("link", { name: "Caja 1" }).click()
    await visitor.sees("Estados en el tiempo")
    const state = (word: string) => visitor.page.locator(".heading .state-mark").getByText(word).waitFor()
    await flip(phone, "Modo avión")
    await phone.getByText("Sin red").waitFor()
    await state("RECONNECTING")
    await visitor.isAccessible()
    await flip(phone, "Modo avión")
    await state("CONNECTED")
    await press(phone, "Cerrar la sesión desde el teléfono")
    await state("ERROR")
    await visitor.sees(/Se cerró la sesión desde el teléfono o WhatsApp. Vincúlelo otra vez/)
    await phone.getByText("Ningún dispositivo vinculado.").waitFor()
  })

  it("writes as a contact, and shows what the contact got with its ticks", async () => {
    const { visitor, phone, token, id } = await member()
    await using _ = visitor
    await linked(visitor, phone)
    await phone.getByRole("tab", { name: "Un contacto" }).click()
    await phone.getByText("Escriba abajo como si fuera el contacto.").waitFor()
    await phone.getByRole("button", { name: "Lee", exact: true, pressed: true }).waitFor()
    await phone.getByLabel("Escribir como el contacto", { exact: true }).fill("Buenos días")
    await press(phone, "Enviar como el contacto")
    const messages = phone.locator(".phone-messages li")
    await messages.filter({ hasText: "Buenos días" }).filter({ hasText: "entregado" }).waitFor()
    const contact = await phone.getByLabel("Número del contacto").inputValue()
    await gateway.post(`/v1/devices/${id}/messages`, { to: contact, text: "¿Qué tal?" }, { token })
    await messages.filter({ hasText: "¿Qué tal?" }).filter({ hasText: "leído" }).waitFor()
    await press(phone, "Lee y responde")
    await phone.getByRole("button", { name: "Lee y responde", pressed: true }).waitFor()
    await gateway.post(`/v1/devices/${id}/messages`, { to: contact, text: "Eco" }, { token })
    await messages.filter({ hasText: "El contacto:Eco" }).waitFor()
    await visitor.isAccessible()
    await visitor.picture("sandbox-phone")
    await phone.getByLabel("Número del contacto").fill("51 955 000 001")
    await press(phone, "Abrir")
    await phone.getByText("Lo que el dispositivo envíe al número 51955000001").waitFor()
    await phone.getByLabel("Número del contacto").fill(nextNumber())
  })

  it("is at the bottom of a small screen, closed at first, in English and in the dark", async () => {
    const { visitor, phone } = await member({ locale: "es-PE", viewport: PHONE, colorScheme: "dark" })
    await using _ = visitor
    const toggle = phone.getByRole("button", { name: "Teléfono de prueba" })
    expect(await toggle.getAttribute("aria-expanded")).toBe("false")
    await visitor.fits()
    await toggle.click()
    await phone.getByText("Ningún dispositivo vinculado.").waitFor()
    await visitor.isAccessible()
    await visitor.fits()
    await visitor.page.reload()
    await phone.getByText("Ningún dispositivo vinculado.").waitFor()
    await visitor.page.getByRole("button", { name: "EN, English" }).click()
    await phone.getByText("No linked device.").waitFor()
    await visitor.row("Caja 1").getByRole("button", { name: "Link" }).click()
    await phone.getByRole("button", { name: "Test phone" }).click()
    await visitor.qr()
    await visitor.fits()
    await visitor.isAccessible()
    await phone.getByRole("button", { name: "Test phone" }).click()
    await press(phone, "Scan the QR")
    await visitor.sees("SESSION OPEN")
    await visitor.fits()
  })

  it("belongs to the device that is chosen, and is not there for other pages", async () => {
    const { visitor, phone, token } = await member()
    await using _ = visitor
    const number = nextNumber()
    await gateway.post("/v1/devices", { number, name: "Ventas" }, { token })
    await phone.getByLabel("Teléfono de", { exact: true }).selectOption("Ventas")
    await phone.getByText(number.slice(-3)).waitFor()
    await press(phone, "Teléfono de prueba")
    await phone.getByLabel("Teléfono de", { exact: true }).waitFor({ state: "detached" })
    await visitor.page.reload()
    await visitor.row("Ventas").waitFor()
    expect(await phone.getByRole("button").count()).toBe(1)
    await visitor.page.getByRole("link", { name: "Webhooks" }).click()
    await phone.waitFor({ state: "detached" })
  })
})
