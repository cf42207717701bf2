/** Runs the programs of examples/wwebjs unchanged, against a gateway and the sandbox: the three uses that wwebjs-api's own document shows. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { Receiver } from "../support/receiver.ts"
import { until } from "../support/until.ts"
import { WwebjsClient } from "./support/wwebjs-client.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const SESSION = "PRODUCCION"

/** A program that runs, and what it has printed. */
class Program implements AsyncDisposable {
  readonly #process: ChildProcess
  out = ""
  err = ""

  constructor(name: string, settings: Record<string, string>) {
    const path = fileURLToPath(new URL(`../../examples/wwebjs/${name}`, import.meta.url))
    this.#process = spawn(process.execPath, [path], { env: { PATH: process.env.PATH ?? "", ...settings } })
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text))
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.err += text))
  }

  async ended(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
    if (this.#process.exitCode === null) await once(this.#process, "close")
    return { code: this.#process.exitCode, out: this.out, err: this.err }
  }

  says(text: string): Promise<unknown> {
    return until(() => this.out.includes(text), `it to print "${text}"; it printed ${this.out}${this.err}`, 15_000)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill()
    await this.ended()
  }
}

let chatbot: Program
let gateway: TestGateway
const contact = () => gateway.network.contact(CONTACT)
const settings = () => ({ API_URL: gateway.url, API_KEY: OPERATOR_KEY, SESION: SESSION })

beforeAll(async () => {
  // The bot has to be there first, so that the gateway knows where it is; the bot learns the gateway's address from a free port.
  const port = await freePort()
  chatbot = new Program("chatbot.mjs", { API_URL: `http://127.0.0.1:${port}`, API_KEY: OPERATOR_KEY, PORT: "0" })
  await chatbot.says("BASE_WEBHOOK_URL=")
  const url = /BASE_WEBHOOK_URL=(\S+)/.exec(chatbot.out)?.[1] ?? ""
  gateway = await TestGateway.start({
    env: { BASE_WEBHOOK_URL: url, OUTBOUND_ALLOW: Receiver.allow, PORT: String(port) },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT, { name: "Juan", behaviour: "silent" })
  const phone = gateway.network.addPhone(NUMBER)
  await new WwebjsClient(gateway, SESSION).link((qr) => phone.scanQr(qr))
})
afterAll(async () => {
  await chatbot[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

const freePort = async (): Promise<number> => {
  const receiver = await Receiver.start()
  const port = Number(new URL(receiver.url()).port)
  await receiver[Symbol.asyncDispose]()
  return port
}

const arrives = (text: string) => until(() => contact().inbox.find((message) => message.text === text), text)

describe("examples/wwebjs", () => {
  it("chatbot.mjs answers what it knows, to people and not to groups", async () => {
    const group = contact().createGroup("Vecinos", [NUMBER])
    await contact().send(group, { text: "precio" })
    await contact().send(NUMBER, { text: "¿Estás?" })
    await contact().send(NUMBER, { text: " HOLA " })
    await arrives("¡Hola! ¿En qué puedo ayudarte?")
    await chatbot.says(`${CONTACT}@c.us:  HOLA  -> `)
    expect(contact().inbox.map(({ text }) => text)).toEqual(["¡Hola! ¿En qué puedo ayudarte?"])
    expect(chatbot.err).toBe("")
  })

  it("chatbot.mjs takes webhooks of the gateway only", async () => {
    const url = /BASE_WEBHOOK_URL=(\S+)/.exec(chatbot.out)?.[1] ?? ""
    const forged = await fetch(url, { method: "POST", headers: { "x-api-key": "guess" }, body: "{}" })
    expect(forged.status).toBe(403)
  })

  it("notificador.mjs sends to a number, and says why it does not", async () => {
    const notify = (more: Record<string, string>) =>
      new Program("notificador.mjs", {
        ...settings(),
        TELEFONO: CONTACT,
        MENSAJE: "Tu pedido ha sido enviado",
        ...more
      }).ended()
    const { code, out, err } = await notify({})
    expect({ code, err }).toEqual({ code: 0, err: "" })
    expect(JSON.parse(out)).toMatchObject({ success: true, message: { to: `${CONTACT}@c.us` } })
    await arrives("Tu pedido ha sido enviado")
    const fails = async (more: Record<string, string>, exit: number, says: string) =>
      expect(await notify(more)).toEqual({ code: exit, out: "", err: expect.stringContaining(says) })
    await fails({ TELEFONO: "51900000009" }, 1, "no está en WhatsApp")
    await fails({ SESION: "OTRA" }, 1, "session_not_found")
    await fails({ API_KEY: "guess" }, 1, "Invalid API key")
    await fails({ MENSAJE: "" }, 2, "MENSAJE")
  })

  it("panel.mjs shows the chats, and then what happens", async () => {
    await using panel = new Program("panel.mjs", settings())
    await panel.says(`conectado a ${SESSION}`)
    await panel.says("chat Juan: ")
    await contact().send(NUMBER, { text: "¿Hay pan?" })
    await panel.says(`${CONTACT}@c.us: ¿Hay pan?`)
    await panel.says("Juan: ")
  })
})
