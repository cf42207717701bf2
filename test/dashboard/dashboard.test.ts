/** The dashboard in a browser: a person registers, adds a device, links a phone of the sandbox network, and watches and controls it. */
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { PASSWORD, People } from "./people.ts"
import { hasBrowser, openBrowser, PHONE, Visitor } from "./visitor.ts"

let gateway: TestGateway
let browser: Browser
let people: People

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({
    env: { DEVICES_PER_USER_MAX: "2000", NEW_DEVICES_PER_DAY_MAX: "2000", RATE_LIMIT_MAX: "10000" },
    network: { prekeyCount: 50 }
  })
  browser = await openBrowser()
  people = new People(gateway, browser)
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

describe.skipIf(!hasBrowser)("the dashboard", { timeout: 90_000 }, () => {
  it("leads a new person from the registration to a connected phone, and stops and starts it", async () => {
    await using visitor = await Visitor.at(gateway, browser, { path: "/" })
    const number = people.nextNumber()
    const phone = gateway.network.addPhone(number)
    await visitor.isAccessible()
    await visitor.press("Registrar")
    await visitor.fill("Número de teléfono", number)
    await visitor.fill("Contraseña", PASSWORD)
    await visitor.page.locator("form").getByRole("button", { name: "Registrar" }).click()
    await visitor.sees("Su token para la API")
    const token = (await visitor.page.locator(".secret code").textContent()) ?? ""
    expect((await gateway.get("/v1/session", { token })).body).toMatchObject({ kind: "user", number })
    await visitor.press("Continuar")

    await visitor.sees("Todavía no hay dispositivos")
    await visitor.press("Agregar Dispositivo")
    await visitor.fill("Nombre", "Caja 1")
    await visitor.fill("Número del teléfono", number)
    await visitor.press("Agregar y vincular")
    const qr = await visitor.qr()
    await visitor.sees(/Válido por 0:|Válido por 1:00/)
    await visitor.isAccessible()
    await phone.scanQr(qr)
    await visitor.sees("SESIÓN ABIERTA")
    await visitor.press("Listo")
    await visitor.untilState("Caja 1", "CONNECTED")

    await visitor.choose("Acciones de Caja 1", "Detener")
    await visitor.untilState("Caja 1", "NONE")
    await visitor.row("Caja 1").getByRole("button", { name: "Iniciar" }).click()
    await visitor.untilState("Caja 1", "CONNECTED")
    await visitor.isAccessible()
    const kept = await visitor.page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    expect(kept).toBe('[{},{},""]')
  })

  it("refuses a wrong password, ends a session, and stays logged in when the page is loaded again", async () => {
    const number = people.nextNumber()
    await gateway.user(number, PASSWORD)
    await using visitor = await Visitor.at(gateway, browser, { path: "/login.html" })
    await visitor.signIn(number, "otra-clave-larga")
    await visitor.sees("El número o la contraseña no son correctos.")
    await visitor.signIn(number, PASSWORD)
    await visitor.sees("Todavía no hay dispositivos")
    await visitor.page.reload()
    await visitor.sees("Todavía no hay dispositivos")
    await visitor.press("Salir")
    await visitor.sees("Iniciar Sesión")
    await visitor.page.reload()
    await visitor.sees("Iniciar Sesión")
  })

  it("lets the operator in with the key, to the devices of all", async () => {
    const { token } = await people.connectedAccount("De otro")
    await using visitor = await Visitor.at(gateway, browser)
    await visitor.press("Usar la clave del operador")
    await visitor.fill("Clave del operador", OPERATOR_KEY)
    await visitor.page.locator("form").getByRole("button", { name: "Iniciar Sesión" }).click()
    await visitor.sees("Operador")
    await visitor.page.getByLabel("Buscar por nombre o número").fill("De otro")
    await visitor.untilState("De otro", "CONNECTED")
    expect(token).toMatch(/^[0-9a-f]{64}$/)
  })

  it("speaks Spanish or English: as the browser, and as chosen", async () => {
    await using english = await Visitor.at(gateway, browser, { locale: "en-GB" })
    await english.sees("Sign in")
    await using visitor = await Visitor.at(gateway, browser)
    await visitor.sees("Iniciar Sesión")
    await visitor.press("EN, English")
    await visitor.sees("Link phones with WhatsApp, and watch your devices live.")
    expect(await visitor.page.getAttribute("html", "lang")).toBe("en")
    await visitor.page.reload()
    await visitor.sees("Sign in")
  })

  it("fits a phone's screen, in the dark too", async () => {
    const { visitor, token } = await people.member({ viewport: PHONE, colorScheme: "dark" })
    await using _ = visitor
    await people.connected(token, "Caja del mostrador principal con un nombre largo")
    await visitor.untilState("Caja del mostrador principal con un nombre largo", "CONNECTED")
    await visitor.fits()
    await visitor.isAccessible()
    await people.added(token, "Ventas")
    await visitor.row("Ventas").getByRole("button", { name: "Vincular" }).click()
    await visitor.qr()
    await visitor.fits()
    await visitor.isAccessible()
  })

  it("shows the new QR when the phone refuses the first, and says so", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { phone } = await people.added(token, "Ventas")
    gateway.network.fault({ kind: "refuse_secret", number: phone.number, times: 1 })
    await visitor.row("Ventas").getByRole("button", { name: "Vincular" }).click()
    const first = await visitor.qr()
    await expect(phone.scanQr(first)).rejects.toThrow()
    await visitor.sees("El teléfono rechazó el QR. Escanee el nuevo.")
    await phone.scanQr(await visitor.qr(first))
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("gives an address at which the phone's owner links it, and says so when that is done", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { phone } = await people.added(token, "Ventas")
    await visitor.row("Ventas").getByRole("button", { name: "Vincular" }).click()
    await visitor.qr()
    await visitor.press("Enlace")
    await visitor.press("Crear enlace")
    const address = visitor.page.locator(".hosted-panel input")
    await expect.poll(() => address.inputValue()).toContain(`${gateway.url}/link/`)
    const owner = await browser.newPage({ locale: "en-GB" })
    await owner.goto(await address.inputValue())
    await owner.getByRole("button", { name: "Start" }).click()
    await owner
      .getByRole("button", { name: "Scan a QR" })
      .or(owner.getByRole("tab", { name: "Scan a QR" }))
      .click()
    const qr = owner.locator("#qr:visible")
    await qr.waitFor()
    await phone.scanQr((await qr.getAttribute("src")) ?? "")
    await visitor.sees("SESIÓN ABIERTA")
    await owner.close()
  })

  it("links by a code", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { phone } = await people.added(token, "Ventas")
    await visitor.row("Ventas").getByRole("button", { name: "Vincular" }).click()
    await visitor.qr()
    await visitor.press("Código")
    await visitor.press("Pedir un código")
    const code = visitor.page.locator(".code-panel output")
    await code.waitFor()
    await phone.enterCode((await code.textContent()) ?? "")
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("leads through a passkey", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { phone, id } = await people.added(token, "Ventas")
    gateway.network.fault({ kind: "passkey", number: phone.number, times: 1 })
    await visitor.row("Ventas").getByRole("button", { name: "Vincular" }).click()
    await phone.scanQr(await visitor.qr())
    await visitor.sees("WhatsApp pide la clave de acceso de la cuenta.")
    const { options } = (await gateway.get(`/v1/devices/${id}/passkey`, { token })).body
    expect(await visitor.page.getByLabel("Instrucción para la consola").inputValue()).toContain(options.challenge)
    const answer = visitor.page.getByLabel("Respuesta de la clave de acceso")
    await answer.fill("no es una respuesta")
    await visitor.press("Enviar")
    await visitor.sees("Esto no es la respuesta de una clave de acceso.")
    await answer.fill(JSON.stringify(phone.signPasskey(options)))
    await visitor.press("Enviar")
    await visitor.sees("¿El teléfono muestra este código?")
    await visitor.press("Es el mismo, o no hay ninguno")
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("says why a device is in ERROR and what to do, and links it again", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { phone } = await people.connected(token, "Cobranza")
    await visitor.untilState("Cobranza", "CONNECTED")
    gateway.network.fault({ kind: "logged_out", number: phone.number })
    await visitor.untilState("Cobranza", "ERROR")
    await visitor.sees("Se cerró la sesión desde el teléfono o WhatsApp. Vincúlelo otra vez con el teléfono.")
    await visitor.row("Cobranza").getByRole("button", { name: "Vincular de nuevo" }).click()
    await phone.scanQr(await visitor.qr())
    await visitor.sees("SESIÓN ABIERTA")
  })

  it("removes a device only when its name is typed", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    await people.added(token, "Prueba")
    await visitor.choose("Acciones de Prueba", "Eliminar…")
    const remove = visitor.page.getByRole("dialog").getByRole("button", { name: "Eliminar", exact: true })
    expect(await remove.isDisabled()).toBe(true)
    await visitor.page.getByLabel("Escriba «Prueba» para confirmar").fill("Prueba")
    await remove.click()
    await visitor.sees("Todavía no hay dispositivos")
    expect((await gateway.get("/v1/devices", { token })).body.items).toEqual([])
  })

  it("filters and searches, keeps both in the address, and works with the keyboard alone", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { number } = await people.connected(token, "Caja 1")
    await people.added(token, "Caja 2")
    await people.added(token, "Almacén")
    await visitor.untilState("Almacén", "NONE")
    await visitor.page.getByRole("button", { name: "NONE 2" }).click()
    await expect.poll(() => visitor.page.getByRole("listitem").count()).toBe(2)
    const search = visitor.page.getByLabel("Buscar por nombre o número")
    await search.fill("caja")
    await expect.poll(() => visitor.page.getByRole("listitem").count()).toBe(1)
    await expect.poll(() => visitor.page.url()).toContain("state=NONE&q=caja")
    await visitor.page.reload()
    await visitor.row("Caja 2").waitFor()
    await visitor.page.getByRole("button", { name: "Todos 3" }).click()
    await search.fill(`+${number.slice(0, 2)} ${number.slice(2)}`)
    await visitor.row("Caja 1").waitFor()
    await expect.poll(() => visitor.page.getByRole("listitem").count()).toBe(1)
    await search.fill("")
    await visitor.row("Almacén").waitFor()
    await visitor.page.locator("h1").click()
    await visitor.page.keyboard.press("j")
    await visitor.page.keyboard.press("j")
    const focused = () => visitor.page.evaluate("document.activeElement.getAttribute('aria-label')")
    await expect.poll(focused).toBe("Caja 2")
    await visitor.page.keyboard.press("?")
    await visitor.sees("Dispositivo siguiente")
    await visitor.page.keyboard.press("Escape")
    await visitor.page.keyboard.press("k")
    await expect.poll(focused).toBe("Caja 1")
    await visitor.page.keyboard.press("Enter")
    await visitor.sees("Estados en el tiempo")
  })

  it("stops and starts all devices that the filters show, and draws how busy they are", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const [first] = [
      await people.connected(token, "Caja 1"),
      await people.connected(token, "Caja 2"),
      await people.added(token, "Almacén")
    ]
    const contact = gateway.network.addContact("51999999998").number
    await gateway.post(`/v1/devices/${first.id}/messages`, { to: contact, text: "Hola" }, { token })
    await visitor.page.reload()
    await visitor.row("Caja 1").getByRole("img", { name: "Mensajes en las últimas 24 horas: 1" }).waitFor()
    await visitor.choose("Acciones para los dispositivos mostrados", "Detener los activos (2)")
    await visitor.sees("Detener 2 dispositivos")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Detener", exact: true }).click()
    await visitor.sees("2 de 2")
    await visitor.untilState("Caja 1", "NONE")
    await visitor.untilState("Caja 2", "NONE")
    await visitor.page.getByLabel("Filtrar por salud").selectOption("Bloqueada")
    await visitor.sees("Ningún dispositivo coincide.")
    await visitor.press("Quitar filtros")
    await visitor.page.getByLabel("Buscar por nombre o número").fill("Caja 2")
    await visitor.choose("Acciones para los dispositivos mostrados", "Iniciar los detenidos (1)")
    await visitor.page.getByRole("dialog").getByRole("button", { name: "Iniciar", exact: true }).click()
    await visitor.untilState("Caja 2", "CONNECTED")
    await visitor.isAccessible()
    await visitor.page.setViewportSize(PHONE)
    await visitor.fits()
  })

  it("says that the connection is lost, and shows what happened meanwhile once it is back", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    await people.connected(token, "Caja 1")
    await visitor.untilState("Caja 1", "CONNECTED")
    await gateway.restart({ PORT: new URL(gateway.url).port }, () =>
      visitor.sees(/^Sin conexión, reintentando… Los datos/)
    )
    await visitor.page.locator(".connection-bar").waitFor({ state: "detached" })
    const { body } = await gateway.post("/v1/devices", { number: people.nextNumber(), name: "Caja 2" }, { token })
    await visitor.untilState("Caja 2", "NONE")
    await gateway.post(`/v1/devices/${body.id}/start`, {}, { token })
    await visitor.untilState("Caja 2", "QR")
  })

  it("shows a device over time: its states, the moment that a person moves to, and its events", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    const { phone, id } = await people.connected(token, "Caja 1")
    gateway.network.addContact("51999999999")
    for (let nth = 0; nth < 70; nth++) {
      await gateway.post(`/v1/devices/${id}/messages`, { to: "51999999999", text: `Hola ${nth}` }, { token })
    }
    gateway.network.fault({ kind: "close", number: phone.number })
    await gateway.untilState(token, phone.number, "RECONNECTING")
    await gateway.untilState(token, phone.number, "CONNECTED")
    await visitor.page.getByRole("link", { name: "Caja 1" }).click()
    const events = await gateway.events(token, phone.number)
    const lost = events.find(({ type }) => type === "connection.lost")
    await visitor.page.getByRole("button", { name: "Conexión" }).click()
    await visitor.page.getByRole("button", { name: "connection.lost" }).first().click()
    await visitor.sees(`Evento ${lost?.position}`)
    expect(await visitor.page.getByLabel("JSON del evento").textContent()).toContain(`"position": ${lost?.position}`)
    await visitor.page.keyboard.press("]")
    await visitor.sees(/"type": "connection.retried"/)
    await visitor.page.keyboard.press("Escape")

    const slider = visitor.page.getByRole("slider")
    const at = Date.parse(lost?.recordedAt ?? "")
    await visitor.page.goto(`${visitor.page.url()}&at=${lost?.position}`)
    await visitor.page.locator(".moment .state-mark").getByText("RECONNECTING").first().waitFor()
    await visitor.sees("Se cortó la conexión.")
    await slider.focus()
    await slider.press("Home")
    await expect.poll(() => visitor.page.url()).not.toContain(`at=${lost?.position}`)
    await visitor.page.locator(".moment").getByText("NONE").first().waitFor()
    expect(Number(await slider.inputValue())).toBeLessThan(at)
    await visitor.press("Ver ahora")
    await visitor.page.getByRole("button", { name: "Todos", exact: true }).click()
    expect(await visitor.page.locator(".event-table tbody tr").count()).toBeLessThan(80)
    const first = () => visitor.page.getByRole("button", { name: "device.registered" }).count()
    await until(async () => {
      await visitor.page.evaluate("scrollTo(0, document.body.scrollHeight)")
      return (await first()) === 1
    }, "the first event of the device")
    await gateway.post(`/v1/devices/${id}/stop`, {}, { token })
    await visitor.page.evaluate("scrollTo(0, 0)")
    await visitor.page.getByRole("table").getByRole("button", { name: "connection.closed" }).waitFor()
    await visitor.isAccessible()
    await visitor.page.setViewportSize(PHONE)
    await visitor.fits()
  })

  it("holds a thousand devices, of which it draws those on the screen", async () => {
    const { visitor, token } = await people.member()
    await using _ = visitor
    for (let batch = 0; batch < 20; batch++) {
      const names = Array.from({ length: 50 }, (_, at) => `Sucursal ${batch * 50 + at + 1}`)
      await Promise.all(
        names.map((name) => gateway.post("/v1/devices", { number: people.nextNumber(), name }, { token }))
      )
    }
    await visitor.page.reload()
    await visitor.page.getByRole("button", { name: "Todos 1000" }).waitFor()
    expect(await visitor.page.getByRole("listitem").count()).toBeLessThan(60)
    await visitor.page.getByLabel("Buscar por nombre o número").fill("Sucursal 777")
    await visitor.row("Sucursal 777").waitFor()
    await visitor.page.getByLabel("Buscar por nombre o número").fill("")
    await visitor.row("Sucursal 1").waitFor()
    await visitor.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await until(async () => (await visitor.page.locator('[aria-posinset="1000"]').count()) === 1, "the last row")
  })
})
