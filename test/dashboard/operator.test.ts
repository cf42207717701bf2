/** The page of operation in a browser: what the operator sees and does, and what of it a member has. */
import { readFileSync } from "node:fs"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { hasBrowser, openBrowser, PHONE, Visitor } from "./visitor.ts"

const PASSWORD = "una-clave-larga"
const ME = "51922000001"
let gateway: TestGateway
let browser: Browser
let token: string

beforeAll(async () => {
  if (!hasBrowser) return
  const kept = { RETENTION: "message.received=90d,envelopes=730d", BACKUP_FREE_MIN: "0", RATE_LIMIT_MAX: "10000" }
  gateway = await TestGateway.start({ env: kept, network: { prekeyCount: 50 } })
  browser = await openBrowser()
  token = await gateway.user(ME, PASSWORD)
  await gateway.connect(token, ME)
  gateway.network.addContact("51999999999")
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

const operatorAt = async (part: string, options: Parameters<typeof Visitor.at>[2] = {}) => {
  const visitor = await Visitor.at(gateway, browser, { ...options, path: `/dashboard/operacion/${part}` })
  const isEnglish = options.locale?.startsWith("en") ?? false
  await visitor.press(isEnglish ? "Use the operator's key" : "Usar la clave del operador")
  await visitor.fill(isEnglish ? "Operator's key" : "Clave del operador", OPERATOR_KEY)
  await visitor.page
    .locator("form")
    .getByRole("button", { name: isEnglish ? "Sign in" : "Iniciar Sesión" })
    .click()
  await visitor.page.getByRole("heading", { level: 1, name: isEnglish ? "Operation" : "Operación" }).waitFor()
  return visitor
}

const memberAt = async (part: string, number: string, options: Parameters<typeof Visitor.at>[2] = {}) => {
  const visitor = await Visitor.at(gateway, browser, { ...options, path: `/dashboard/operacion/${part}` })
  await visitor.signIn(number, PASSWORD)
  await visitor.page.getByRole("heading", { level: 1, name: "Operación" }).waitFor()
  return visitor
}

const parts = ["sistema", "usuarios", "tokens", "respaldos", "retencion", "auditoria"]
const statusOf = async (value: string) => (await gateway.get("/v1/session", { token: value })).status

describe.skipIf(!hasBrowser)("the page of operation", { timeout: 90_000 }, () => {
  it("shows the operator the system, with numbers that move", async () => {
    await using visitor = await operatorAt("")
    await visitor.sees("Retraso (p99)")
    await visitor.sees("SQLite")
    const position = visitor.page.locator(".facts output")
    const before = (await position.textContent()) ?? ""
    await gateway.post(`/v1/devices/${ME}/messages`, { to: "51999999999", text: "Hola" }, { token })
    await expect.poll(() => position.textContent(), { timeout: 10_000 }).not.toBe(before)
    await visitor.page.getByRole("img", { name: "Memoria" }).locator("polyline").waitFor()
    await visitor.isAccessible()
    await visitor.picture("operation-system")
  })

  it("creates a user who can sign in, sets the password, and ends a token of theirs", async () => {
    const number = "51922000002"
    await using visitor = await operatorAt("usuarios")
    await visitor.press("Crear usuario")
    const dialog = visitor.page.getByRole("dialog")
    await visitor.fill("Número de teléfono", number)
    await visitor.fill("Contraseña", "corta")
    await dialog.getByRole("button", { name: "Crear", exact: true }).click()
    await visitor.sees("La contraseña debe tener de 8 a 128 caracteres.")
    await visitor.isAccessible()
    await visitor.picture("operation-users")
    await visitor.fill("Contraseña", "otra-clave-larga")
    await dialog.getByRole("button", { name: "Crear", exact: true }).click()
    await visitor.sees(/Se creó el usuario/)
    await visitor.choose(`Acciones del usuario ${number}`, "Cambiar la contraseña…")
    await visitor.fill("Contraseña nueva", PASSWORD)
    await visitor.press("Cambiar y terminar sus tokens")
    await visitor.sees(/Se cambió la contraseña de/)
    await using member = await memberAt("", number)
    await member.sees("Inicio de sesión")

    const login = (await gateway.post("/api/login", { numero: number, password: PASSWORD })).body.token
    expect(await statusOf(login)).toBe(200)
    await visitor.choose(`Acciones del usuario ${number}`, "Ver sus tokens")
    await visitor.sees(/Tokens de/)
    expect(visitor.page.url()).toContain("?user=usr_")
    const rows = visitor.page.getByRole("dialog").locator("tbody tr")
    await expect.poll(() => rows.count()).toBe(2)
    await rows.first().getByRole("button").click()
    await visitor.page.getByRole("dialog").last().getByRole("button", { name: "Revocar", exact: true }).click()
    await expect.poll(() => rows.count()).toBe(1)
    expect(await statusOf(login)).toBe(401)
  })

  it("a member makes a token that works, for one device and some time, and revokes it", async () => {
    await using visitor = await memberAt("tokens", ME)
    await visitor.press("Crear token")
    const dialog = visitor.page.getByRole("dialog")
    await visitor.fill("Nombre", "facturas")
    const admin = dialog.getByRole("checkbox", { name: /admin/ })
    expect(await admin.count()).toBe(0)
    await visitor.press("Solo algunos")
    await dialog.getByRole("checkbox", { name: new RegExp(ME) }).check()
    await visitor.press("En 90 días")
    await visitor.isAccessible()
    await visitor.picture("operation-tokens")
    await dialog.getByRole("button", { name: "Crear", exact: true }).click()
    await visitor.sees("Token «facturas»")
    const made = (await visitor.page.locator(".shown-token code").textContent()) ?? ""
    const { body } = await gateway.get("/v1/session", { token: made })
    expect(body).toMatchObject({ scopes: ["read", "send"], devices: [expect.stringMatching(/^dev_/)] })
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now() + 89 * 86_400_000)
    await visitor.press("Ya lo guardé")
    expect(await visitor.page.content()).not.toContain(made)
    await visitor.press("Revocar «facturas»")
    await visitor.sees(/deja de tener acceso en el acto/)
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Revocar", exact: true }).click()
    await visitor.page.getByRole("rowheader", { name: /facturas/ }).waitFor({ state: "detached" })
    expect(await statusOf(made)).toBe(401)
  })

  it("a member sees only tokens and the password, and stays logged in when the password was wrong", async () => {
    const number = "51922000003"
    await gateway.user(number, PASSWORD)
    await using visitor = await memberAt("sistema", number)
    await visitor.sees("Esta parte no existe, o es solo para el operador del gateway.")
    expect(await visitor.page.locator(".part-links a").allTextContents()).toEqual(["Tokens"])
    await visitor.page.locator(".part-links").getByRole("link", { name: "Tokens" }).click()
    await visitor.sees("Un programa usa la API con un token.")
    await visitor.fill("Contraseña actual", "no-es-esta")
    await visitor.fill("Contraseña nueva", "una-nueva-clave")
    await visitor.press("Cambiar la contraseña")
    await visitor.sees("La contraseña actual no es correcta.")
    await visitor.fill("Contraseña actual", PASSWORD)
    await visitor.press("Cambiar la contraseña")
    await visitor.sees("Se cambió la contraseña. Los otros tokens terminaron.")
    await visitor.isAccessible()
    const { status } = await gateway.post("/api/login", { numero: number, password: "una-nueva-clave" })
    expect(status).toBe(200)
  })

  it("makes a backup, and shows where its log ends", async () => {
    await using visitor = await operatorAt("respaldos")
    await visitor.sees("Todavía no hay respaldos.")
    await visitor.press("Hacer un respaldo")
    await visitor.page.locator("tbody tr").waitFor()
    const { items } = (await gateway.get("/v1/backups", { operator: true })).body
    await visitor.sees(items[0].name)
    await visitor.isAccessible()
    await visitor.picture("operation-backups")
  })

  it("verifies the whole log, signs its end, and exports it", async () => {
    await using visitor = await operatorAt("auditoria")
    await visitor.press("Verificar todo")
    await visitor.sees(/Sin cambios, de la posición 1 a la/)
    const [download] = await Promise.all([
      visitor.page.waitForEvent("download"),
      visitor.page.getByRole("link", { name: "Descargar la cabeza firmada" }).click()
    ])
    const head = JSON.parse(readFileSync(await download.path(), "utf8"))
    expect(head).toMatchObject({ format: "bitacora-head-1", hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    const [events] = await Promise.all([
      visitor.page.waitForEvent("download"),
      visitor.page.getByRole("link", { name: "Descargar NDJSON" }).click()
    ])
    expect(readFileSync(await events.path(), "utf8").split("\n")[0]).toContain('"position":1')
    await visitor.isAccessible()
    await visitor.picture("operation-audit")
  })

  it("shows what is kept, and what is due", async () => {
    await using visitor = await operatorAt("retencion")
    await visitor.sees("Nunca: el registro está completo.")
    await visitor.page.getByRole("row", { name: "Contenido de message.received 90 días" }).waitFor()
    await visitor.page.getByRole("row", { name: "Archivos de los mensajes (files) siempre" }).waitFor()
    await visitor.isAccessible()
    await visitor.picture("operation-retention")
  })

  it("fits a phone in the dark, and speaks English", async () => {
    await using phone = await operatorAt("sistema", { viewport: PHONE, colorScheme: "dark" })
    await using english = await operatorAt("sistema", { locale: "en-GB" })
    await english.sees("Events per second")
    for (const part of parts) {
      await phone.page.goto(`${gateway.url}/dashboard/operacion/${part}`)
      await phone.page.getByRole("heading", { level: 2 }).first().waitFor()
      await phone.page.locator(".part button, .part .facts").first().waitFor()
      await phone.fits()
      await phone.isAccessible()
      await english.page.goto(`${gateway.url}/dashboard/operacion/${part}`)
      await english.page.getByRole("heading", { level: 2 }).first().waitFor()
    }
  })
})
