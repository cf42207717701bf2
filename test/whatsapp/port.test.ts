import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { AuthState } from "../../src/store/auth-state.ts"
import { Database } from "../../src/store/database.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { WebVersions } from "../../src/store/web-version.ts"
import { Secrets } from "../../src/store/secrets/secrets.ts"
import { baileysWhatsApp } from "../../src/whatsapp/baileys/adapter.ts"
import { newMessageId } from "../../src/whatsapp/message-id.ts"
import { FakeWhatsApp } from "../support/fake-whatsapp.ts"
import { type Outside, portContract } from "./port.contract.ts"

const CONTACT = "51922000001"
const PHONE = "51911000001"

const onTheSandboxNetwork = async (): Promise<Outside> => {
  const network = await startNetwork({ prekeyCount: 50 })
  network.addPhone(PHONE)
  network.addContact(CONTACT, { behaviour: "silent" })
  const directory = mkdtempSync(join(tmpdir(), "bitacora-port-"))
  const store = EventLog.layer().pipe(
    Layer.provideMerge(Database.layer(() => openSqlite(join(directory, "bitacora.db"))))
  )
  const auth = Layer.mergeAll(AuthState.layer, WebVersions.layer)
    .pipe(Layer.provide(Secrets.layer({ directory, masterKey: undefined })))
    .pipe(Layer.provide(store))
  const whatsapp = baileysWhatsApp({
    url: network.url,
    rootKey: network.rootKey,
    caFile: network.caFile,
    deviceName: "Bitácora",
    mediaDirectory: directory,
    keepAliveMs: 30_000,
    deafAfterMs: 60_000,
    pairingTimes: { qrMs: undefined, codeMs: 180_000, codeStepMs: 60_000, passkeyStepMs: 120_000 },
    version: undefined,
    versionUrl: undefined,
    resendWaitMs: 15_000,
    debug: undefined,
    warn: () => {}
  })
  return {
    layer: whatsapp.pipe(Layer.provide(auth)),
    scan: async (_device, phone, qr) => void (await network.phone(phone).scanQr(qr)),
    write: (contact, phone, text) => network.contact(contact).send(phone, { text }),
    goOnline: (contact) => network.contact(contact).setAvailable(true),
    end: () => network.fault({ kind: "terminate", number: PHONE }),
    [Symbol.asyncDispose]: async () => {
      await network.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** The implementation in memory, with a WhatsApp that opens, acks and delivers. */
const inMemory = async (): Promise<Outside> => {
  const whatsapp = new FakeWhatsApp()
  whatsapp.absent.add("51933000001")
  whatsapp.onOpen = (socket) =>
    void setImmediate(() => {
      const isLinked = whatsapp.identities.has(socket.deviceNumber)
      socket.hear(isLinked ? { type: "opened" } : { type: "qr", text: "2@qr", expiresAt: Date.now() + 60_000 })
    })
  whatsapp.onSend = (socket, { messageId }) =>
    Effect.sync(() => {
      socket.hear({ type: "acknowledged", messageId })
      socket.hear({ type: "receipt", messageId, receipt: "delivered", at: null, participant: null })
    })
  return {
    layer: whatsapp.layer,
    scan: async (device, phone) => {
      const socket = whatsapp.socketOf(device)
      socket?.pair(phone)
      socket?.hear({ type: "closed", code: 515 })
    },
    write: async (contact, _phone, text) => {
      const id = newMessageId()
      const jid = `${contact}@s.whatsapp.net`
      const from = { chat: jid, chatAlt: null, sender: jid, senderAlt: null, fromMe: false, pushName: null }
      const message = {
        type: "message" as const,
        id,
        ...from,
        sentAt: 1,
        offline: false,
        content: { kind: "text" as const, text }
      }
      whatsapp.sockets.at(-1)?.hear({ type: "received", messages: [message] })
      return id
    },
    goOnline: (contact) => {
      const chat = `${contact}@s.whatsapp.net`
      const person = { lid: null, number: contact }
      whatsapp.sockets.at(-1)?.see({ chat, chatAlt: null, person, presence: "available", lastSeen: null })
    },
    end: (device) => whatsapp.socketOf(device)?.hear({ type: "closed", code: 428 }),
    [Symbol.asyncDispose]: async () => {}
  }
}

portContract("Baileys on the sandbox network", onTheSandboxNetwork)
portContract("in memory", inMemory)
