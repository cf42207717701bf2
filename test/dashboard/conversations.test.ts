/** Conversations in a browser: people of the sandbox network write, and a person reads, answers, reacts, sends files and searches. */
import { readFileSync } from "node:fs"
import type { Browser, Locator } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { widePicture } from "../support/pictures.ts"
import { until } from "../support/until.ts"
import { People } from "./people.ts"
import { hasBrowser, openBrowser, PHONE, type VisitOptions, type Visitor } from "./visitor.ts"

/** Of the picture that a contact sends. */
const WIDTH = 300

let gateway: TestGateway
let browser: Browser
let people: People
let contacts = 0

beforeAll(async () => {
  if (!hasBrowser) return
  gateway = await TestGateway.start({ env: { RATE_LIMIT_MAX: "10000" }, network: { prekeyCount: 50 } })
  browser = await openBrowser()
  people = new People(gateway, browser)
})
afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  await gateway[Symbol.asyncDispose]()
})

/** Someone who writes to devices. */
const contact = (name: string, behaviour: "silent" | "reads" = "silent") =>
  gateway.network.addContact(`51933${String(++contacts).padStart(6, "0")}`, { name, behaviour })

/** A person whose only device is connected, on the page of its conversations. */
const atConversations = async (options: VisitOptions = {}) => {
  const { visitor, token } = await people.member(options)
  const device = await people.connected(token, "Caja 1")
  await visitor.page.getByRole("link", { name: "Conversaciones" }).click()
  await expect.poll(() => visitor.page.url()).toContain(device.id)
  return { visitor, token, ...device }
}

const chatRow = ({ page }: Visitor, name: string): Locator => page.locator(".list .chat-row").filter({ hasText: name })
const bubble = ({ page }: Visitor, words: string): Locator => page.locator(".message-bubble").filter({ hasText: words })

const say = async (visitor: Visitor, words: string) => {
  await visitor.page.getByRole("textbox", { name: "Escriba un mensaje" }).fill(words)
  await visitor.page.keyboard.press("Enter")
}

/** Chooses what to do with a message. */
const act = async (visitor: Visitor, words: string, action: string) => {
  await bubble(visitor, words)
    .getByRole("button", { name: /^Acciones del mensaje/ })
    .click()
  await visitor.page.locator(".menu:popover-open").getByRole("button", { name: action, exact: true }).click()
}

describe.skipIf(!hasBrowser)("conversations", { timeout: 60_000 }, () => {
  it("show who writes with what is unread, mark it as read when opened, and take an answer whose ticks turn read", async () => {
    const { visitor, number } = await atConversations()
    await using _ = visitor
    await visitor.sees("Todavía no hay chats.")
    const beto = contact("Beto", "reads")
    await beto.send(number, { text: "¿Tienen pan?" })
    const question = await beto.send(number, { text: "¿A qué hora abren?" })
    await chatRow(visitor, "Beto").getByText("2 sin leer").waitFor({ state: "attached" })
    await visitor.isAccessible()
    await chatRow(visitor, "Beto").getByRole("link").click()
    await bubble(visitor, "¿A qué hora abren?").waitFor()
    await chatRow(visitor, "Beto").getByText("sin leer").waitFor({ state: "detached" })
    await until(() => beto.receipts.some(({ type }) => type === "read"), "the read receipt")

    await act(visitor, "¿A qué hora abren?", "Responder")
    await visitor.sees("Responde a Beto")
    await say(visitor, "Abrimos a las 9")
    const answer = bubble(visitor, "Abrimos a las 9")
    await answer.locator("blockquote").getByText("¿A qué hora abren?").waitFor()
    await answer.getByText("Leído").waitFor({ state: "attached" })
    const arrived = beto.inbox.find(({ text }) => text === "Abrimos a las 9")
    expect(arrived?.target).toBe(question)
    await visitor.press("Ver la llamada")
    const call = await visitor.page.getByRole("dialog").locator("pre").textContent()
    expect(call).toContain(`"text":"Abrimos a las 9","quote":"${question}"`)
    expect(call).toContain("$BITACORA_TOKEN")
    await visitor.page.keyboard.press("Escape")

    await beto.send(number, { text: "Gracias" })
    await bubble(visitor, "Gracias").waitFor()
    await visitor.isAccessible()
  })

  it("show reactions, changes and deletions as they happen", async () => {
    const { visitor, number, phone } = await atConversations()
    await using _ = visitor
    const carla = contact("Carla")
    const first = await carla.send(number, { text: "Quiero dos panes" })
    await chatRow(visitor, "Carla").getByRole("link").click()
    await act(visitor, "Quiero dos panes", "Reaccionar con 👍")
    await bubble(visitor, "Quiero dos panes").getByText("👍 de Usted").waitFor({ state: "attached" })
    await until(() => carla.inbox.some(({ type, target }) => type === "reaction" && target === first), "the reaction")
    await act(visitor, "Quiero dos panes", "Quitar la reacción")
    await bubble(visitor, "Quiero dos panes").locator(".reactions").waitFor({ state: "detached" })

    await say(visitor, "¿Y un café?")
    await bubble(visitor, "¿Y un café?").getByText("Entregado").waitFor({ state: "attached" })
    const mine = carla.inbox.find(({ text }) => text === "¿Y un café?")
    await carla.send(number, { react: "❤️", target: mine?.id ?? "" })
    await bubble(visitor, "¿Y un café?").getByText("❤️ de Carla").waitFor({ state: "attached" })

    await carla.send(number, { text: "Quiero tres panes", edit: first })
    await bubble(visitor, "Quiero tres panes").getByText("editado").waitFor()
    await carla.send(number, { revoke: first })
    await bubble(visitor, "Mensaje eliminado").waitFor()
    await carla.send(number, { location: { latitude: -12, longitude: -77, name: "La esquina" } })
    await carla.send(number, { poll: { name: "¿Mañana?", options: ["Sí", "No"] } })
    await visitor.sees(/^Ubicación La esquina/)
    await visitor.sees("Encuesta ¿Mañana? Sí / No")

    gateway.network.fault({ kind: "ack_error", code: 479, number: phone.number, times: 1 })
    await say(visitor, "Esto no llega")
    await bubble(visitor, "Esto no llega").getByText("No se envió. WhatsApp no lo aceptó (479).").waitFor()
    await visitor.isAccessible()
    const words = visitor.page.getByRole("textbox", { name: "Escriba un mensaje" })
    await words.fill("A medias")
    await visitor.page.goBack()
    await visitor.page.goForward()
    await expect.poll(() => words.inputValue()).toBe("A medias")
  })

  it("show pictures, sound and documents, and send a file with how much of it has left", async () => {
    const { visitor, number } = await atConversations()
    await using _ = visitor
    const dora = contact("Dora")
    await dora.send(number, { media: await widePicture(), mimetype: "image/png", caption: "El local" })
    const voice = readFileSync(new URL("../support/media/voice.ogg", import.meta.url))
    await dora.send(number, { media: voice, mimetype: "audio/ogg; codecs=opus", ptt: true })
    const pdf = Buffer.from("%PDF-1.4\n")
    await dora.send(number, { media: pdf, mimetype: "application/pdf", filename: "pedido.pdf" })
    await chatRow(visitor, "Dora").getByRole("link").click()
    await visitor.page.getByRole("img", { name: "El local" }).waitFor()
    await expect
      .poll(() => visitor.page.evaluate("document.querySelector('.message-media img').naturalWidth"))
      .toBe(WIDTH)
    await visitor.page.evaluate("document.querySelector('audio').play()")
    await expect.poll(() => visitor.page.evaluate("document.querySelector('audio').duration")).toBeGreaterThan(0)
    const [saved] = await Promise.all([
      visitor.page.waitForEvent("download"),
      visitor.page.locator(".message-media", { hasText: "pedido.pdf" }).click()
    ])
    expect([saved.suggestedFilename(), readFileSync(await saved.path())]).toEqual(["pedido.pdf", pdf])

    const line = await visitor.context.newCDPSession(visitor.page)
    await line.send("Network.enable")
    const atSpeed = (uploadThroughput: number) =>
      line.send("Network.emulateNetworkConditions", {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput
      })
    const choose = async () => {
      const buffer = Buffer.alloc(2_000_000, "a")
      await visitor.page
        .locator(".composer input[type=file]")
        .setInputFiles({ name: "lista.txt", mimeType: "text/plain", buffer })
      await visitor.page.getByRole("textbox", { name: "Comentario del archivo" }).fill("La lista")
    }
    await atSpeed(200_000)
    await choose()
    await visitor.press("Enviar")
    await visitor.sees(/^[1-9]\d*(,\d)? (kB|MB) de 2 MB$/)
    await visitor.isAccessible()
    await visitor.press("Cancelar el envío")
    await visitor.page.locator(".outgoing").waitFor({ state: "detached" })
    await atSpeed(-1)
    await choose()
    await visitor.press("Enviar")
    await bubble(visitor, "La lista").getByText("Entregado").waitFor({ state: "attached" })
    await visitor.page.locator(".message-media", { hasText: "lista.txt2 MB" }).waitFor()
    expect(dora.inbox.filter(({ filename }) => filename === "lista.txt")).toHaveLength(1)
    await visitor.press("Ver la llamada")
    await visitor.sees(/-F 'media=@lista.txt'/)
  })

  it("find words in all chats, lead to the message, and find chats by name and number", async () => {
    const { visitor, token, number, id } = await atConversations()
    await using _ = visitor
    const [eva, fabio] = [contact("Eva"), contact("Fabio")]
    await eva.send(number, { text: "Mi factura de enero" })
    for (let nth = 0; nth < 60; nth++) await eva.send(number, { text: `mensaje ${nth}.` })
    await fabio.send(number, { text: "Hola" })
    const read = async () => (await gateway.get(`/v1/devices/${id}/chats/${eva.number}`, { token })).body.unread
    await until(async () => (await read()) === 61, "the messages")
    const search = visitor.page.getByRole("searchbox")
    await search.fill("fab")
    await chatRow(visitor, "Eva").waitFor({ state: "detached" })
    await search.fill(eva.number.slice(2))
    await chatRow(visitor, "Eva").waitFor()
    await chatRow(visitor, "Fabio").waitFor({ state: "detached" })
    await visitor.page.getByRole("button", { name: "Mensajes" }).click()
    await search.fill("FACTURA")
    await chatRow(visitor, "Mi factura de enero").getByRole("link").click()
    await bubble(visitor, "Mi factura de enero").waitFor()
    await expect
      .poll(() => visitor.page.evaluate("document.activeElement.textContent"))
      .toContain("Mi factura de enero")
    const placeOf = async (words: string) => (await bubble(visitor, words).boundingBox())?.y ?? 0
    await expect.poll(() => placeOf("Mi factura de enero")).toBeGreaterThan(100)
    await visitor.page.reload()
    await bubble(visitor, "Mi factura de enero").waitFor()
    expect(visitor.page.url()).toContain("q=FACTURA&in=mensajes&m=")
    await search.fill("…")
    await visitor.sees("Escriba al menos una palabra, y no más de 32.")
    await search.fill("inexistente")
    await visitor.sees("Ningún mensaje tiene estas palabras.")

    await visitor.page.goto(visitor.page.url().replace(/\?.*/, ""))
    await bubble(visitor, "mensaje 59.").waitFor()
    await expect.poll(() => bubble(visitor, "Mi factura").count()).toBe(0)
    await visitor.page.evaluate("document.querySelector('.scroller').scrollTo(0, 0)")
    await bubble(visitor, "Mi factura").waitFor({ state: "attached" })
    // What was at the top before stays on the screen.
    await expect.poll(() => placeOf("mensaje 10.")).toBeGreaterThan(0)
    expect(await placeOf("Mi factura")).toBeLessThan(0)
    await visitor.press("↓ Ir al final")
    await bubble(visitor, "mensaje 59.").waitFor()
  })

  it("send what failed while the gateway was away once more, and only once; what came meanwhile appears", async () => {
    const { visitor, token, id, number } = await atConversations()
    await using _ = visitor
    const gina = contact("Gina")
    await visitor.press("Nuevo chat")
    await visitor.fill("Número", "12")
    await visitor.press("Abrir chat")
    await visitor.sees("El número debe tener de 8 a 15 dígitos, con código de país.")
    await visitor.fill("Número", gina.number)
    await visitor.press("Abrir chat")
    await visitor.sees("Todavía no hay mensajes con este número.")
    await say(visitor, "Buenas tardes")
    await bubble(visitor, "Buenas tardes").getByText("Entregado").waitFor({ state: "attached" })

    await gateway.restart({ PORT: new URL(gateway.url).port }, async () => {
      await visitor.sees(/^Sin conexión, reintentando… Los datos/)
      await say(visitor, "¿Sigue ahí?")
      await visitor.sees("No hay conexión con el gateway. Revise la red e intente otra vez.")
      await visitor.isAccessible()
      await gina.send(number, { text: "Aquí estoy" })
    })
    await bubble(visitor, "Aquí estoy").waitFor()
    await gateway.untilState(token, number, "CONNECTED")
    const isSame: (string | undefined)[] = []
    visitor.page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/messages")) {
        isSame.push(request.headers()["idempotency-key"])
      }
    })
    // The answer to the first attempt is lost: the gateway has the message, and the page does not know.
    await visitor.page.route(`**/v1/devices/${id}/messages`, async (route) => {
      await route.fetch()
      await route.abort("connectionreset")
    })
    await visitor.press("Intentar de nuevo")
    await until(() => gina.inbox.some(({ text }) => text === "¿Sigue ahí?"), "the message")
    await visitor.page.locator(".outgoing .problem-note").waitFor()
    await visitor.page.unroute(`**/v1/devices/${id}/messages`)
    await visitor.press("Intentar de nuevo")
    await visitor.page.locator(".outgoing").waitFor({ state: "detached" })
    await bubble(visitor, "¿Sigue ahí?").getByText("Entregado").waitFor({ state: "attached" })
    expect([new Set(isSame).size, isSame.length]).toEqual([1, 2])
    expect(gina.inbox.filter(({ text }) => text === "¿Sigue ahí?")).toHaveLength(1)
  })

  it("are two screens on a telephone, in the dark too, with marks of chats", async () => {
    const { visitor, number, phone } = await atConversations({ viewport: PHONE, colorScheme: "dark" })
    await using _ = visitor
    const [hugo, ines] = [contact("Hugo con un nombre muy largo que no cabe en la lista de chats"), contact("Inés")]
    const group = hugo.createGroup("Los del barrio", [number, ines.number])
    await ines.send(number, { text: "Hola" })
    await hugo.send(group, { text: `Mire https://example.com/${"x".repeat(90)} por favor` })
    await phone.do({ pin: true, chat: ines.number })
    await chatRow(visitor, "Inés").getByText("Fijado").waitFor({ state: "attached" })
    // The group is the last active.
    await visitor.page.getByRole("listitem").first().getByRole("link", { name: "Inés" }).waitFor()
    await visitor.fits()
    await visitor.isAccessible()
    await chatRow(visitor, "Los del barrio").getByRole("link").click()
    await bubble(visitor, "por favor")
      .getByText(/^Hugo con/)
      .waitFor()
    await visitor.fits()
    await visitor.isAccessible()
    expect(await visitor.page.locator(".list").isVisible()).toBe(false)
    await visitor.page.getByRole("link", { name: "Todos los chats" }).click()
    await chatRow(visitor, "Inés").waitFor()
    await visitor.page.goBack()
    await bubble(visitor, "por favor").waitFor()
  })
})
