import { initAuthCreds, makeWASocket } from "@whiskeysockets/baileys"
import { expect, it } from "vitest"
import { baileysLogger } from "../../src/whatsapp/baileys/process/baileys-logger.ts"
import { hearFailures } from "../../src/whatsapp/baileys/socket/listener-failures.ts"
import { until } from "../support/until.ts"

it("[DEV-1] WhatsApp sends a stanza on a connection that closes: Baileys cannot answer, and the process goes on", async () => {
  const unhandled: unknown[] = []
  const keep = (failure: unknown) => unhandled.push(failure)
  process.on("unhandledRejection", keep)
  const socket = makeWASocket({
    logger: baileysLogger(undefined),
    // No server listens there.
    waWebSocketUrl: "ws://127.0.0.1:1/",
    auth: { creds: initAuthCreds(), keys: { get: async () => ({}), set: async () => {} } }
  })
  try {
    const failures: unknown[] = []
    hearFailures(socket.ws, (failure) => failures.push(failure))
    expect(socket.ws.emit("CB:ib,,offline_preview", { tag: "ib", attrs: {} })).toBe(true)
    await until(() => failures.length > 0, "the failure")
    expect(failures.map(String)).toEqual([expect.stringContaining("Connection Closed")])
    expect(unhandled).toEqual([])
  } finally {
    await socket.end(undefined)
    process.off("unhandledRejection", keep)
  }
})
