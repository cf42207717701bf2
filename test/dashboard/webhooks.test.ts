/** The page of webhooks in a browser: a person without a server watches what arrives, lets it fail, sends it again, and ends it. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { Receiver } from "../support/receiver.ts"
import { until } from "../support/until.ts"
import { hasBrowser, openBrowser, PHONE, Visitor, type VisitOptions } from "./visitor.ts"

const PASSWORD = "una-clave-larga"
const PATIENCE = { timeout: 10_000 }
let gateway: TestGateway
let browser: Browser
let numbers = 0

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({
    env: {
      RATE_LIMIT_MAX: "10000",
      NEW_DEVICES_PER_DAY_MAX: "2000",
      DEVICES_PER_USER_MAX: "2000",
      WEBHOOK_RETRIES: "200ms",
      OUTBOUND_ALLOW: Receiver.allow
    }
  })
  browser = await openBrowser()
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

const nextNumber = (): string => `51933${String(++numbers).padStart(6, "0")}`

/** A new account at the page of webhooks. */
const member = async (options: VisitOptions = {}) => {
  const number = nextNumber()
  const token = await gateway.user(number, PASSWORD)
  const visitor = await Visitor.at(gateway, browser, { path: "/dashboard/webhooks", ...options })
  const isEnglish = options.locale?.startsWith("en") ?? false
  await visitor.fill(isEnglish ? "Telephone number" : "Número de teléfono", number)
  await visitor.fill(isEnglish ? "Password" : "Contraseña", PASSWORD)
  await visitor.page
    .locator("form")
    .getByRole("button", { name: isEnglish ? "Sign in" : "Iniciar Sesión" })
    .click()
  await visitor.page.getByRole("heading", { level: 1, name: "Webhooks" }).waitFor()
  return { visitor, token }
}

/** Something that happens: a device is added. */
const happen = async (token: string): Promise<void> => {
  const { status } = await gateway.post("/v1/devices", { number: nextNumber() }, { token })
  expect(status).toBe(201)
}
const added = async (token: string, url: string, more: object = {}): Promise<string> => {
  const { body } = await gateway.post("/v1/webhooks", { url, types: ["device.registered"], ...more }, { token })
  return body.id
}
const deliveries = ({ page }: Visitor) => page.getByRole("table", { name: "Entregas" })
const arrivals = ({ page }: Visitor) => page.getByRole("table", { name: "Peticiones recibidas" })

describe.skipIf(!hasBrowser)("the page of webhooks", { timeout: 90_000 }, () => {
  it("leads a person without a server from an empty list to a request that arrived, with a right signature", async () => {
    const { visitor, token } = await member()
    await using _ = visitor
    await visitor.sees("Todavía no hay webhooks")
    await visitor.isAccessible()
    await visitor.picture("webhooks-empty")
    await visitor.press("Probar sin servidor")
    await visitor.press("Dispositivos")
    await visitor.isAccessible()
    await visitor.picture("webhook-add")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Agregar", exact: true }).click()
    await visitor.sees("Secreto del webhook")
    expect(await visitor.page.locator(".secret code").textContent()).toMatch(/^whsec_/)
    await visitor.isAccessible()
    // It cannot be shown again.
    for (let n = 0; n < 3; n++) await visitor.page.keyboard.press("Escape")
    expect(await visitor.page.getByRole("dialog").getByRole("button").allTextContents()).toEqual([
      "Copiar",
      "Ya lo guardé"
    ])
    await visitor.press("Ya lo guardé")
    await visitor.page.getByRole("heading", { level: 1, name: "Receptor de prueba" }).waitFor()
    await visitor.press("Enviar ejemplo")
    await visitor.sees("El ejemplo llegó.")
    await arrivals(visitor).getByText("Correcta").waitFor()
    await arrivals(visitor)
      .getByRole("button", { name: /^test_/ })
      .click()
    await visitor.sees(/"webhook.test"/)
    await visitor.sees("webhook-signature")
    await visitor.isAccessible()
    await visitor.picture("webhook-test-receiver")
    await visitor.press("Cerrar")

    await happen(token)
    await deliveries(visitor).getByText("device.registered").waitFor()
    await arrivals(visitor).getByRole("button", { name: /^msg_/ }).waitFor()
    await visitor.press("Vaciar")
    await visitor.sees("No ha llegado nada. Pulse «Enviar ejemplo».")
  })

  it("shows a failed delivery with its attempts, and sends it again; recovers others, and replays a range", async () => {
    const { visitor, token } = await member()
    await using _ = visitor
    const id = await added(token, "bitacora:receiver")
    await visitor.page.getByRole("link", { name: "Receptor de prueba" }).click()
    await visitor.press("500: falla")
    await until(async () => {
      const { body } = await gateway.get(`/v1/webhooks/${id}/receiver`, { token })
      return body.answer === "500"
    }, "the choice")
    await happen(token)
    await deliveries(visitor).getByText("Sin entregar").waitFor()
    await visitor.page.getByRole("status").getByText("Falla").waitFor()
    await visitor.press("Sin entregar")
    expect(visitor.page.url()).toContain("status=parked")
    await deliveries(visitor).getByRole("button").click()
    expect(visitor.page.url()).toContain("delivery=")
    const attempts = visitor.page.getByRole("table", { name: "Intentos" })
    await expect.poll(() => attempts.locator(".class-5xx").count(), PATIENCE).toBe(2)
    await visitor.sees("the test receiver responds with 500")
    await visitor.sees(/"type": "device.registered"/)
    await visitor.isAccessible()
    await visitor.picture("webhook-delivery")
    await visitor.page.reload()
    await visitor.sees(/"type": "device.registered"/)
    await visitor.press("Cerrar")

    await happen(token)
    await expect.poll(() => deliveries(visitor).getByText("Sin entregar").count(), PATIENCE).toBe(2)
    await visitor.press("200: acepta")
    await until(async () => {
      const { body } = await gateway.get(`/v1/webhooks/${id}/receiver`, { token })
      return body.answer === "200"
    }, "the choice")
    await deliveries(visitor).getByRole("button").last().click()
    await visitor.press("Reenviar")
    await visitor.page.getByRole("dialog").getByRole("status").getByText("Entregada").waitFor()
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Ver la llamada" }).click()
    await visitor.sees(/curl .*resend/)
    await visitor.page.getByRole("dialog").last().getByRole("button", { name: "Cerrar" }).click()
    await visitor.press("Cerrar")

    await visitor.press("Todas")
    await visitor.press("Recuperar…")
    await visitor.sees("Eventos que se enviarán: 1")
    await visitor.isAccessible()
    await visitor.picture("webhook-replay")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Recuperar", exact: true }).click()
    await expect.poll(() => deliveries(visitor).getByText("Entregada").count(), PATIENCE).toBe(2)

    await deliveries(visitor).getByRole("button").last().click()
    await visitor.press("Repetir desde aquí…")
    await visitor.sees("Eventos que se enviarán: 2")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Repetir", exact: true }).click()
    await until(async () => {
      const { body } = await gateway.get(`/v1/webhooks/${id}/deliveries`, { token })
      return body.items.every(({ status }: { status: string }) => status === "delivered")
    }, "the replay")
    await expect.poll(() => arrivals(visitor).getByRole("row").count(), PATIENCE).toBeGreaterThan(7)
  })

  it("changes, disables, enables and removes a webhook, and replaces its secret", async () => {
    await using receiver = await Receiver.start()
    const { visitor, token } = await member()
    await using _ = visitor
    await visitor.press("Agregar webhook")
    await visitor.fill("URL", "nada")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Agregar", exact: true }).click()
    await visitor.sees(/Esta dirección no sirve/)
    await visitor.fill("URL", receiver.url("/hook"))
    await visitor.page.getByText("Formato y cabeceras").click()
    await visitor.press("Agregar cabecera")
    await visitor.fill("Nombre de la cabecera", "authorization")
    await visitor.fill("Valor", "Bearer mio")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Agregar", exact: true }).click()
    await visitor.press("Ya lo guardé")
    const host = new URL(receiver.url()).host
    await visitor.page.getByRole("heading", { level: 1, name: host }).waitFor()
    await visitor.press("Enviar ejemplo")
    await visitor.sees("El ejemplo llegó.")
    expect(receiver.got[0]?.headers.authorization).toBe("Bearer mio")

    await visitor.choose("Más acciones del webhook", "Cambiar…")
    await visitor.press("Todos")
    await visitor.page.getByText("Formato y cabeceras").click()
    await visitor.sees("Se mantienen: authorization")
    await visitor.press("Guardar")
    const [webhook] = await until(async () => {
      const { items } = (await gateway.get("/v1/webhooks", { token })).body
      return items[0].types === null ? items : undefined
    }, "the change")
    expect(webhook.headers).toEqual(["authorization"])

    await visitor.choose("Más acciones del webhook", "Reemplazar el secreto…")
    await visitor.press("Reemplazar secreto")
    await visitor.sees(/dos firmas/)
    await visitor.press("Ya lo guardé")

    await visitor.choose("Más acciones del webhook", "Ver las llamadas…")
    await visitor.sees("Las mismas acciones desde su programa")
    await visitor.isAccessible()
    await visitor.press("Cerrar")

    await visitor.choose("Más acciones del webhook", "Desactivar…")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Desactivar", exact: true }).click()
    await visitor.page.getByRole("status").getByText("Desactivado").waitFor()
    await visitor.press("Activar")
    await visitor.page.getByRole("status").getByText("Activo").waitFor()

    await visitor.choose("Más acciones del webhook", "Eliminar…")
    const remove = visitor.page.getByRole("dialog").getByRole("button", { name: "Eliminar", exact: true })
    expect(await remove.isDisabled()).toBe(true)
    await visitor.fill(`Escriba «${host}» para confirmar`, host)
    await remove.click()
    await visitor.sees("Todavía no hay webhooks")
    expect((await gateway.get("/v1/webhooks", { token })).body.items).toEqual([])
  })

  it("lists webhooks with their latest deliveries, and pages through the deliveries of one", async () => {
    const { visitor, token } = await member()
    await using _ = visitor
    const id = await added(token, "bitacora:receiver")
    for (let n = 0; n < 60; n++) await happen(token)
    await until(async () => {
      const { body } = await gateway.get(`/v1/webhooks/${id}/deliveries?limit=100`, { token })
      return body.items.length === 60
    }, "60 deliveries")
    await visitor.sees("20/20")
    await visitor.isAccessible()
    await visitor.picture("webhooks")
    await visitor.page.getByRole("link", { name: "Receptor de prueba" }).click()
    await expect.poll(() => deliveries(visitor).getByRole("button").count(), PATIENCE).toBe(50)
    await visitor.press("Ver entregas anteriores")
    await expect.poll(() => deliveries(visitor).getByRole("button").count(), PATIENCE).toBe(60)
    await happen(token)
    await expect.poll(() => deliveries(visitor).getByRole("button").count(), PATIENCE).toBe(61)
  })

  it("fits a phone's screen in the dark, and speaks English", async () => {
    const { visitor, token } = await member({ viewport: PHONE, colorScheme: "dark", locale: "en-GB" })
    await using _ = visitor
    await visitor.sees("No webhooks yet")
    await added(token, "bitacora:receiver")
    await added(token, "http://127.0.0.1:1/a-path-that-is-long-enough-to-be-wider-than-the-screen-of-a-phone-is", {
      headers: { "x-one": "1" }
    })
    await happen(token)
    await visitor.page.getByRole("cell", { name: /no answer/ }).waitFor()
    await visitor.fits()
    await visitor.isAccessible()
    await visitor.page.getByRole("link", { name: "Test receiver" }).click()
    await visitor.press("Send sample")
    await visitor.sees("The sample arrived.")
    await visitor.page.getByRole("table", { name: "Received requests" }).getByText("Right").first().waitFor()
    await visitor.isAccessible()
    await visitor.page.getByRole("table", { name: "Deliveries" }).getByRole("button").click()
    await visitor.sees(/"type": "device.registered"/)
    await visitor.isAccessible()
  })
})
