import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Curve, proto, type SignalDataTypeMap } from "@whiskeysockets/baileys"
import { Effect, Layer, ManagedRuntime } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { AuthState, type AuthStateShape } from "../../src/store/auth-state.ts"
import { Database } from "../../src/store/database.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { Secrets } from "../../src/store/secrets/secrets.ts"
import { dialects, type TestDatabase } from "../support/dialects.ts"
import { loadAuth, loadIdentity } from "../../src/whatsapp/baileys/auth/device-auth.ts"

describe.each(dialects)("on $name", (dialect) => {
  let directory: string
  let database: TestDatabase
  let runtime: ManagedRuntime.ManagedRuntime<AuthState, unknown>
  let store: AuthStateShape

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "bitacora-auth-"))
    database = await dialect.create()
    const log = EventLog.layer().pipe(Layer.provideMerge(Database.layer(database.open)))
    runtime = ManagedRuntime.make(
      AuthState.layer
        .pipe(Layer.provide(Secrets.layer({ directory, masterKey: undefined })))
        .pipe(Layer.provideMerge(log))
    )
    store = await runtime.runPromise(AuthState)
  })
  afterAll(async () => {
    await runtime.dispose()
    await database.drop()
    rmSync(directory, { recursive: true, force: true })
  })

  const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 37) % 256))
  const open = (device: number, isCurrent = () => true) => Effect.runPromise(loadAuth(store, device, isCurrent))

  /** As a socket is given them. */
  const keysOf = async (device: number) => {
    const { state, versions } = await open(device)
    return { keys: versions.keysOn(state.keys), versions }
  }

  /** One value of every kind that Baileys keeps. */
  const values: SignalDataTypeMap = {
    "pre-key": Curve.generateKeyPair(),
    session: bytes(900),
    "sender-key": bytes(300),
    "sender-key-memory": { "1@lid": true },
    "app-state-sync-key": proto.Message.AppStateSyncKeyData.fromObject({
      keyData: bytes(32),
      fingerprint: { rawId: 7, currentIndex: 1, deviceIndexes: [0, 33] },
      timestamp: 1_790_000_000_000
    }),
    "app-state-sync-version": { version: 3, hash: bytes(128), indexValueMap: { "a+/=": { valueMac: bytes(32) } } },
    "lid-mapping": "923433867543085",
    "device-list": ["0", "33"],
    tctoken: { token: bytes(16), timestamp: "1790000000" },
    "identity-key": bytes(33)
  }

  describe("Baileys' authentication state", () => {
    it.each(Object.keys(values) as (keyof SignalDataTypeMap)[])("gives a %s back as it was", async (type) => {
      const { keys, versions } = await keysOf(1)
      await keys.set({ [type]: { one: values[type] } })
      await versions.store(versions.held)
      const again = await keysOf(1)
      const found = await again.keys.get(type, ["one", "none"])
      expect(Object.keys(found)).toEqual(["one"])
      const plain = (value: unknown) =>
        JSON.parse(
          JSON.stringify(value, (_key, inner) =>
            inner?.type === "Buffer" || inner instanceof Uint8Array
              ? Buffer.from(inner.data ?? inner).toString("hex")
              : inner
          )
        )
      expect(plain(found.one)).toEqual(plain(values[type]))
    })

    it("gives app-state keys back as the protobuf messages that Baileys needs (complaint 11)", async () => {
      const { state } = await open(1)
      await state.keys.set({ "app-state-sync-key": { one: values["app-state-sync-key"] } })
      const { one } = await (await open(1)).state.keys.get("app-state-sync-key", ["one"])
      expect(one).toBeInstanceOf(proto.Message.AppStateSyncKeyData)
      expect(Buffer.from(one?.keyData ?? [])).toEqual(bytes(32))
    })

    it("holds the version of app state until what it brought is recorded", async () => {
      const at = (version: number) => ({
        "app-state-sync-version": { two: { ...values["app-state-sync-version"], version } }
      })
      const { keys, versions } = await keysOf(1)
      const stored = async () => (await (await keysOf(1)).keys.get("app-state-sync-version", ["two"])).two?.version
      await keys.set(at(1))
      const { held } = versions
      await keys.set(at(2))
      expect((await keys.get("app-state-sync-version", ["two"])).two?.version).toBe(2)
      expect(await stored()).toBeUndefined()
      await versions.store(held)
      expect(await stored()).toBeUndefined()
      await versions.store(versions.held)
      expect(await stored()).toBe(2)
    })

    it("knows a collection that was read from its beginning", async () => {
      const { keys, versions } = await keysOf(1)
      await keys.get("app-state-sync-version", ["three"])
      await keys.set({ "app-state-sync-version": { three: values["app-state-sync-version"] } })
      expect(versions.isFresh("three")).toBe(true)
      await keys.get("app-state-sync-version", ["three"])
      expect(versions.isFresh("three")).toBe(false)
    })

    it("takes the mark of an orderly end away, so that the next connection after a kill does not find it", async () => {
      expect((await open(3)).upToDate.wasMarked).toBe(false)
      await (await open(3)).upToDate.mark()
      expect((await open(3)).upToDate.wasMarked).toBe(true)
      expect((await open(3)).upToDate.wasMarked).toBe(false)
    })

    it("gives credentials back, key for key", async () => {
      const { state, saveCreds } = await open(2)
      state.creds.me = { id: "51948907640:33@s.whatsapp.net", name: "Ana" }
      state.creds.account = { accountSignature: bytes(64) }
      await Effect.runPromise(saveCreds)
      expect((await open(2)).state.creds).toEqual(state.creds)
    })

    it("forgets the provisional name of a pairing code that was not typed in, so that the next connection pairs", async () => {
      const { state, saveCreds } = await open(7)
      Object.assign(state.creds, { me: { id: "51948907640@s.whatsapp.net", name: "~" }, pairingCode: "ABCD1234" })
      await Effect.runPromise(saveCreds)
      const again = (await open(7)).state.creds
      expect(again.me).toBeUndefined()
      expect(again.pairingCode).toBeUndefined()
      expect(again.noiseKey).toEqual(state.creds.noiseKey)
    })

    it("deletes a value that is set to null", async () => {
      const { state } = await open(1)
      await state.keys.set({ session: { one: null } })
      expect(await state.keys.get("session", ["one"])).toEqual({})
    })

    it("keeps devices apart", async () => {
      const first = await open(3)
      await first.state.keys.set({ session: { one: bytes(10) } })
      expect(await (await open(4)).state.keys.get("session", ["one"])).toEqual({})
    })

    it("[DEV-3] drops what a socket writes that is no longer the newest", async () => {
      let isCurrent = true
      const old = await open(5, () => isCurrent)
      await old.state.keys.set({ session: { one: bytes(10) } })
      isCurrent = false
      await old.state.keys.set({ session: { one: bytes(20), two: bytes(20) } })
      await Effect.runPromise(old.saveCreds)
      const found = await (await open(5)).state.keys.get("session", ["one", "two"])
      expect(Object.keys(found)).toEqual(["one"])
      expect(found.one).toHaveLength(10)
      expect(await Effect.runPromise(store.read(5, "creds", ["creds"]))).toEqual(new Map())
    })

    it("gives back all announced parts of the history of this device, and only its newest socket can delete them", async () => {
      let isCurrent = true
      const old = await open(7, () => isCurrent)
      await old.state.keys.set({ session: { A: bytes(10) } })
      await old.historyParts.put("A", bytes(70_000))
      await old.historyParts.put("B", bytes(3))
      await (await open(8)).historyParts.put("C", bytes(3))
      isCurrent = false
      await old.historyParts.delete("A")
      const { historyParts } = await open(7)
      expect([...(await historyParts.all())].toSorted()).toEqual([
        ["A", bytes(70_000)],
        ["B", bytes(3)]
      ])
      await historyParts.delete("B")
      expect([...(await historyParts.all()).keys()]).toEqual(["A"])
    })

    it("knows the linked account only after the phone has signed the link", async () => {
      const { state, saveCreds } = await open(6)
      await Effect.runPromise(saveCreds)
      expect(await Effect.runPromise(loadIdentity(store, 6))).toBeNull()
      state.creds.me = { id: "51948907640@s.whatsapp.net", name: "~" }
      await Effect.runPromise(saveCreds)
      expect(await Effect.runPromise(loadIdentity(store, 6))).toBeNull()
      Object.assign(state.creds, {
        me: { id: "51948907640:33@s.whatsapp.net", lid: "9:33@lid" },
        account: { accountSignature: bytes(64) },
        platform: "android"
      })
      await Effect.runPromise(saveCreds)
      expect(await Effect.runPromise(loadIdentity(store, 6))).toEqual({
        number: "51948907640",
        jid: "51948907640:33@s.whatsapp.net",
        lid: "9:33@lid",
        platform: "android"
      })
    })
  })
})
