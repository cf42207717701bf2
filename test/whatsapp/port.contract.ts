/** What every implementation of the port to WhatsApp has to do. Both run it: the Baileys adapter and the implementation in memory. */
import { Effect, type Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DeviceId } from "../../src/events/ids.ts"
import { newMessageId } from "../../src/whatsapp/message-id.ts"
import type { PresenceSeen } from "../../src/whatsapp/roster.ts"
import { type Connection, type Signal, WhatsApp } from "../../src/whatsapp/whatsapp.ts"
import { until } from "../support/until.ts"

/** WhatsApp and the phones, as the contract needs them. */
export interface Outside extends AsyncDisposable {
  readonly layer: Layer.Layer<WhatsApp, unknown>
  /** The phone of this number scans the QR that the device shows. */
  readonly scan: (device: number, phone: string, qr: string) => Promise<void>
  /** The contact writes to the phone; answers the message's id. */
  readonly write: (contact: string, phone: string, text: string) => Promise<string>
  /** The contact goes online. */
  readonly goOnline: (contact: string) => void
  /** WhatsApp ends the device's connection. */
  readonly end: (device: number) => void
}

const PHONE = "51911000001"
const CONTACT = "51922000001"
const UNKNOWN = "51933000001"
const DEVICE = { id: DeviceId.make(`dev_${"0".repeat(26)}`), number: 1 }

export const portContract = (name: string, make: () => Promise<Outside>) =>
  describe(`the port to WhatsApp: ${name}`, () => {
    let outside: Outside
    let runtime: ManagedRuntime.ManagedRuntime<WhatsApp, unknown>
    let port: WhatsApp["Service"]
    let heard: Signal[] = []
    let connection: Connection
    const seen: PresenceSeen[] = []

    beforeAll(async () => {
      outside = await make()
      runtime = ManagedRuntime.make(outside.layer)
      port = await runtime.runPromise(WhatsApp)
    })
    afterAll(async () => {
      await runtime.dispose()
      await outside[Symbol.asyncDispose]()
    })

    const open = async (): Promise<void> => {
      const signals: Signal[] = []
      heard = signals
      connection = await runtime.runPromise(
        port.open({
          device: DEVICE,
          emit: (signal) => {
            signals.push(signal)
            if (signal.type === "received") signal.recorded?.()
          },
          heard: () => {},
          seen: (presence) => seen.push(presence),
          known: { sentMessage: () => Effect.succeed(undefined), originals: () => Effect.succeed([]) },
          refreshVersion: false
        })
      )
    }
    const hears = <T extends Signal["type"]>(
      type: T,
      is: (signal: Extract<Signal, { type: T }>) => boolean = () => true
    ) =>
      until(
        () =>
          heard.find((signal): signal is Extract<Signal, { type: T }> => signal.type === type && is(signal as never)),
        `the signal ${type}`
      )
    const text = (words: string) => ({
      messageId: newMessageId(),
      chat: `${CONTACT}@s.whatsapp.net`,
      chatAlt: null,
      content: { kind: "text" as const, text: words }
    })
    const failure = (effect: Effect.Effect<unknown, { readonly _tag: string }>) =>
      Effect.runPromise(Effect.flip(effect)).then(({ _tag }) => _tag)

    it("shows a QR for a device that is not linked, and cannot send yet", async () => {
      expect(await runtime.runPromise(port.linkedIdentity(DEVICE.number))).toBeNull()
      await open()
      const { text: qr, expiresAt } = await hears("qr")
      expect(qr.length).toBeGreaterThan(0)
      expect(expiresAt).toBeGreaterThan(Date.now())
      expect(await failure(connection.send(text("too early")))).toBe("NotConnected")
    })

    it("reports the account that scanned the QR, and then ends the connection so that the next one logs in", async () => {
      const { text: qr } = await hears("qr")
      await outside.scan(DEVICE.number, PHONE, qr)
      const { identity } = await hears("paired")
      expect(identity).toMatchObject({ number: PHONE, jid: expect.stringMatching(new RegExp(`^${PHONE}:\\d+@`)) })
      await hears("closed", ({ code }) => code === 515)
      expect(heard.at(-1)?.type).toBe("closed")
      expect(await runtime.runPromise(port.linkedIdentity(DEVICE.number))).toEqual(identity)
    })

    it("opens a linked device without a QR", async () => {
      await open()
      await hears("opened")
      expect(heard.map(({ type }) => type)).not.toContain("qr")
      expect(heard.map(({ type }) => type)).not.toContain("paired")
    })

    it("finds the account of a number, and null when no account has it", async () => {
      expect(await Effect.runPromise(connection.resolve(CONTACT))).toMatchObject({ jid: `${CONTACT}@s.whatsapp.net` })
      expect(await Effect.runPromise(connection.resolve(UNKNOWN))).toBeNull()
    })

    it("[OUT-4] sends under the given id, the first time and again; WhatsApp's ack comes as a signal with that id", async () => {
      const message = text("hola")
      await Effect.runPromise(connection.send(message))
      await hears("acknowledged", ({ messageId }) => messageId === message.messageId)
      await hears("receipt", ({ messageId, receipt }) => messageId === message.messageId && receipt === "delivered")
      const before = heard.length
      await Effect.runPromise(connection.send(message))
      const again = () =>
        heard.slice(before).some((signal) => signal.type === "acknowledged" && signal.messageId === message.messageId)
      await until(again, "the second ack")
    })

    it("[OUT-5] sends messages in the order of the calls", async () => {
      const messages = ["uno", "dos", "tres"].map(text)
      for (const message of messages) await Effect.runPromise(connection.send(message))
      await hears("acknowledged", ({ messageId }) => messageId === messages.at(-1)?.messageId)
      const ids = messages.map(({ messageId }) => messageId)
      const acknowledged = heard.flatMap((signal) =>
        signal.type === "acknowledged" && ids.includes(signal.messageId) ? [signal.messageId] : []
      )
      expect(acknowledged).toEqual(ids)
    })

    it("reports a received message with its id, its chat and its text", async () => {
      const id = await outside.write(CONTACT, PHONE, "buenas")
      const { messages } = await hears("received", (signal) => signal.messages.some((message) => message.id === id))
      expect(messages.find((message) => message.id === id)).toMatchObject({
        type: "message",
        chat: `${CONTACT}@s.whatsapp.net`,
        sender: `${CONTACT}@s.whatsapp.net`,
        fromMe: false,
        content: { kind: "text", text: "buenas" }
      })
    })

    it("says who is online in a chat that is watched", async () => {
      await Effect.runPromise(connection.watchPresence(`${CONTACT}@s.whatsapp.net`, null))
      outside.goOnline(CONTACT)
      const online = () => seen.find(({ presence }) => presence === "available")
      expect(await until(online, "the contact online")).toMatchObject({
        chat: `${CONTACT}@s.whatsapp.net`,
        person: { number: CONTACT }
      })
    })

    it("reports the code with which a connection ended; after that it sends nothing and emits no signal", async () => {
      outside.end(DEVICE.number)
      const { code } = await hears("closed")
      expect(code).toBe(428)
      expect(await failure(connection.send(text("too late")))).toBe("NotConnected")
      expect(heard.at(-1)?.type).toBe("closed")
    })

    it("[DEV-3] emits no signal after `close`, and the next connection opens", async () => {
      await open()
      await hears("opened")
      await Effect.runPromise(connection.close)
      const before = heard.length
      expect(await failure(connection.send(text("too late")))).toBe("NotConnected")
      const closed = heard
      await open()
      await hears("opened")
      await outside.write(CONTACT, PHONE, "para la nueva")
      await hears("received")
      expect(closed).toHaveLength(before)
    })
  })
