/** Memory that grows during a long life: what small kept objects hold besides themselves. */
import { AsyncLocalStorage } from "node:async_hooks"
import { addTransactionCapability, initAuthCreds } from "@whiskeysockets/baileys"
import { afterEach, describe, expect, it, vi } from "vitest"
import { keepMemorySmall } from "../../src/memory.ts"
import { baileysLogger } from "../../src/whatsapp/baileys/process/baileys-logger.ts"
import { makeSessions } from "../../src/whatsapp/baileys/encryption/sessions.ts"

const DAY_MS = 86_400_000

afterEach(() => vi.restoreAllMocks())

describe("a name of a person that is learned while a message is decrypted", () => {
  it("is kept for days without holding the transaction in which it was learned", async () => {
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
  it("holds little memory besides its own", () => {
    keepMemorySmall()
    const tokens = Array.from({ length: 10_000 }, () => Buffer.from("0123456789abcdef", "hex"))
    // The first tokens share memory that was allocated before the setting.
    const shared = new Set(tokens.slice(-100).map(({ buffer }) => buffer.byteLength))
    expect(Math.max(...shared)).toBeLessThanOrEqual(4_096)
  })
})
