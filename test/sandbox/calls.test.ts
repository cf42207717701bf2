/** Calls that a client declines, and links to calls that it makes. */
import { describe, expect, it } from "vitest"
import { until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

describe("a call that a client declines", () => {
  it("is shown as declined to the contact that called", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const rung: { readonly id: string; readonly from: string }[] = []
    client.sock.ev.on("call", (calls) => rung.push(...calls))
    const placed = contact.call(number)
    await until(() => rung.length === 1, "ringing")
    expect(contact.calls).toEqual([{ id: placed.id, to: number, video: false, state: "ringing" }])
    await client.sock.rejectCall(rung[0]?.id ?? "", rung[0]?.from ?? "")
    expect(contact.calls).toMatchObject([{ id: placed.id, state: "declined" }])
    placed.end()
    expect(contact.calls).toMatchObject([{ state: "declined" }])
    const listed = await call(sandbox.network.controlUrl, "GET", `/contacts/${contact.number}/calls`)
    expect(listed.body).toEqual(contact.calls)
  })

  it("is shown as declined to the companions of the phone that called", async () => {
    const { client: caller, number: callerNumber } = await sandbox.loggedIn()
    const { client, number } = await sandbox.loggedIn()
    const rung: { readonly id: string; readonly from: string }[] = []
    const seen: unknown[] = []
    client.sock.ev.on("call", (calls) => rung.push(...calls))
    caller.sock.ev.on("call", (calls) => seen.push(...calls))
    const placed = sandbox.network.phone(callerNumber).call(number)
    await until(() => rung.length === 1, "ringing")
    await client.sock.rejectCall(rung[0]?.id ?? "", rung[0]?.from ?? "")
    await until(() => seen.length === 1, "the rejection")
    expect(seen).toMatchObject([{ id: placed.id, status: "reject", chatId: sandbox.network.phone(number).lid }])
    placed.end()
  })

  it("stays ringing when another account declines it", async () => {
    const { client } = await sandbox.loggedIn()
    const { number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const placed = contact.call(number)
    await client.sock.rejectCall(placed.id, contact.lid)
    expect(placed.declined).toBe(false)
    placed.end()
    expect(contact.calls).toMatchObject([{ state: "ended" }])
  })
})

describe("a call link", () => {
  it("is made by a client, for a call now or for an event", async () => {
    const { client, number } = await sandbox.loggedIn()
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const token = await client.sock.createCallLink("video")
    const startDate = new Date(1_900_000_000_000)
    await client.sock.sendMessage(contact.jid, { event: { name: "Meeting", startDate, call: "audio" } })
    await until(() => contact.inbox.length === 1, "the invitation")
    const { callLinks } = sandbox.network
    expect(callLinks).toMatchObject([
      { token, by: number, media: "video" },
      { by: number, media: "audio", startsAt: 1_900_000_000 }
    ])
    expect(contact.inbox[0]).toMatchObject({ type: "event", text: "Meeting" })
    expect((await call(sandbox.network.controlUrl, "GET", "/call-links")).body).toEqual(callLinks)
  })
})
