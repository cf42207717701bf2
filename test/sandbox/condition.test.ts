/** The condition of one phone in the control API: airplane mode, the faults that wait for it, and its chats with their ticks. */
import { describe, expect, it } from "vitest"
import { until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()
const get = async (path: string) => (await call(sandbox.network.controlUrl, "GET", path)).body
const post = (path: string, body: unknown) => call(sandbox.network.controlUrl, "POST", path, body)
const del = (path: string) => call(sandbox.network.controlUrl, "DELETE", path)

describe("airplane mode", () => {
  it("cuts a phone's companions, lets none log in, and ends", async () => {
    const { client, number } = await sandbox.loggedIn()
    const other = await sandbox.loggedIn()
    await post(`/phones/${number}/airplane`, { on: true })
    await until(() => client.closes.length > 0, "the cut")
    expect(await get(`/phones/${number}`)).toMatchObject({ airplaneMode: true, online: false })
    client.connect()
    await until(() => client.closes.length > 1, "the refused login")
    expect(client.opened).toBe(1)
    expect(other.client.closes).toEqual([])
    await post(`/phones/${number}/airplane`, { on: false })
    client.connect()
    await until(() => client.opened === 2, "the login")
    expect(await get(`/phones/${number}`)).toMatchObject({ airplaneMode: false, online: true })
  })

  it("needs a phone, and to be told on or off", async () => {
    expect(await post("/phones/5491155559999/airplane", { on: true })).toMatchObject({ status: 404 })
    await post("/phones", { number: "5491155559998" })
    expect(await post("/phones/5491155559998/airplane", {})).toMatchObject({ status: 400 })
  })
})

describe("the faults of a number", () => {
  it("are listed and disarmed apart from those of others", async () => {
    const [one, two] = ["5491155559001", "5491155559002"]
    for (const number of [one, two]) await post("/faults", { kind: "refuse_secret", number })
    await post("/faults", { kind: "passkey", number: one, times: 1 })
    await post("/faults", { kind: "drop", number: one, forMs: 0 })
    expect(await get(`/phones/${one}/faults`)).toEqual(["refuse_secret", "passkey"])
    await del(`/phones/${one}/faults/refuse_secret`)
    expect(await get(`/phones/${one}/faults`)).toEqual(["passkey"])
    expect(await get(`/phones/${two}/faults`)).toEqual(["refuse_secret"])
    expect(await del(`/phones/${one}/faults/rain`)).toMatchObject({ status: 400 })
  })
})

describe("a chat", () => {
  const contact = "5491166669001"
  it("has what both sides wrote, in order, with its ticks, and nothing of other chats", async () => {
    const { client, number } = await sandbox.loggedIn()
    const other = await sandbox.loggedIn()
    await post("/contacts", { number: contact, behaviour: "silent" })
    const jid = `${contact}@s.whatsapp.net`
    const chat = () => get(`/contacts/${contact}/chats/${number}`) as unknown as Promise<readonly { tick: string }[]>
    await client.sock.sendMessage(jid, { text: "hola" })
    await other.client.sock.sendMessage(jid, { text: "de otro" })
    await until(async () => (await chat()).length === 1, "the message")
    const { body } = await post(`/contacts/${contact}/messages`, { to: number, text: "buenas" })
    await until(async () => (await chat())[1]?.tick === "delivered", "the receipt")
    expect(await chat()).toMatchObject([
      { fromMe: false, type: "text", text: "hola", tick: "delivered" },
      { id: body["id"], fromMe: true, text: "buenas", tick: "delivered" }
    ])
    await post("/contacts", { number: contact, behaviour: "reads" })
    await client.sock.sendMessage(jid, { text: "léelo" })
    await until(async () => (await chat())[2]?.tick === "read", "the reading")
    const written = client.received("buenas")
    if (written) await client.sock.readMessages([written.key])
    await until(async () => (await chat())[1]?.tick === "read", "the client's reading")
    expect(await get(`/contacts/${contact}/chats/5491155550000`)).toEqual([])
  })
})
