/** Asking WhatsApp how things are, when the store goes away meanwhile. */
import { EventEmitter } from "node:events"
import type { WASocket } from "@whiskeysockets/baileys"
import { expect, it } from "vitest"
import { CatchUp } from "../../src/whatsapp/baileys/roster/catch-up.ts"
import { until } from "../support/until.ts"

it("[DEV-1] a store that goes away while app state is read is a warning, not a failure that nobody hears of", async () => {
  const warnings: string[] = []
  const socket = { ev: new EventEmitter(), authState: { creds: { myAppStateKeyId: "key" } } }
  const catchUp = new CatchUp({
    socket: socket as unknown as WASocket,
    signals: { isClosed: false } as never,
    feed: {} as never,
    keys: { get: () => Promise.reject(new Error("the store is away")) } as never,
    versions: { changed: () => {} } as never,
    upToDate: { wasMarked: true } as never,
    historyHasBegun: () => Promise.resolve(),
    warn: (text) => warnings.push(text)
  })
  await catchUp.opened()
  await until(() => warnings.length === 1, "the warning")
  expect(warnings[0]).toContain("the store is away")
})
