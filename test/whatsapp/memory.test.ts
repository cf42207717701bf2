/** What a long life would pile up: what small things that are kept hold on to. */
import { AsyncLocalStorage } from "node:async_hooks"
import { addTransactionCapability, initAuthCreds } from "@whiskeysockets/baileys"
import { afterEach, describe, expect, it, vi } from "vitest"
import { keepMemorySmall } from "../../src/memory.ts"
import { baileysLogger } from "../../src/whatsapp/baileys/process/baileys-logger.ts"
import { makeSessions } from "../../src/whatsapp/baileys/encryption/sessions.ts"

const DAY_MS = 86_400_000

afterEach(() => vi.restoreAllMocks())

describe("a person's name that is learned while messages are decrypted", () => {
  it("is kept for days without the transaction in which it was learned", async () => {
    const logger = baileysLogger(undefined)
    const store = { get: async () => ({}), set: async () => {} }
    const keys = addTransactionCapability(store, logger, { maxCommitRetries: 1, delayBetweenTriesMs: 1 })
    const { repository, inTurn } = makeSessions({ creds: initAuthCreds(), keys }, logger, async () => undefined)

    const transaction = new AsyncLocalStorage<string>()
    const contexts: (string | undefined)[] = []
    const arm = globalThis.setTimeout
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms: number) => {
      if (ms > DAY_MS) contexts.push(transaction.getStore())
      return arm(work, ms)
    }) as typeof setTimeout)
    const names = [{ lid: "123456789012345@lid", pn: "51922000001@s.whatsapp.net" }]
    await transaction.run("this one", () => inTurn(() => repository.lidMapping.storeLIDPNMappings(names)))

    expect(contexts).toEqual([undefined, undefined])
    const lid = await repository.lidMapping.getLIDForPN("51922000001@s.whatsapp.net")
    expect(lid).toBe("123456789012345@lid")
  })
})

describe("a token of a contact that is kept", () => {
  it("keeps little else", () => {
    keepMemorySmall()
    const tokens = Array.from({ length: 10_000 }, () => Buffer.from("0123456789abcdef", "hex"))
    // The first come out of what was shared before.
    const shared = new Set(tokens.slice(-100).map(({ buffer }) => buffer.byteLength))
    expect(Math.max(...shared)).toBeLessThanOrEqual(4_096)
  })
})
