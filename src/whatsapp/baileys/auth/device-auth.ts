/**
 * Baileys' authentication state, kept in the store. Keeps SEC-4.
 *
 * A call of `set` is one durable unit, as Baileys commits what one message changed in one call. Only the newest generation of a
 * device's socket may write: what an older one still writes would put back keys that are used up. While the store is away both
 * wait: to Baileys a key that cannot be read is one that is not there, and it would give the message up.
 */
import {
  type AuthenticationCreds,
  type AuthenticationState,
  BufferJSON,
  initAuthCreds,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap
} from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { AuthStateShape, AuthWrite } from "../../../store/auth-state.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import { untilAvailable } from "../../../store/until-available.ts"
import type { Identity } from "../../whatsapp.ts"

const CREDS = { category: "creds", id: "creds" } as const
const HISTORY = "history-part"

/** The form of our rows, as their first byte. Baileys 8 changes its own; then these tell which is which. */
const FORM = { json: 1, bytes: 2 } as const

/** Announcements of parts of the phone's history, by message id: what `history-parts.ts` must not forget. */
export interface KeptParts {
  readonly all: () => Promise<ReadonlyMap<string, Uint8Array>>
  readonly put: (id: string, announcement: Uint8Array) => Promise<void>
  readonly delete: (id: string) => Promise<void>
}

export interface DeviceAuth {
  readonly state: AuthenticationState
  readonly historyParts: KeptParts
  /** Makes the credentials as they stand durable. */
  readonly saveCreds: Effect.Effect<void, StoreUnavailable>
}

/** `isCurrent`: whether the socket that this is for is still the device's newest. */
export const loadAuth = (
  store: AuthStateShape,
  device: number,
  isCurrent: () => boolean
): Effect.Effect<DeviceAuth, StoreUnavailable> =>
  Effect.gen(function* () {
    const creds = (yield* loadCreds(store, device)) ?? initAuthCreds()
    if (!creds.account) forgetProvisional(creds)
    const rows = new Rows(store, device, isCurrent)
    return {
      state: { creds, keys: keyStore(rows) },
      historyParts: keptParts(rows),
      saveCreds: Effect.suspend(() =>
        isCurrent() ? store.write(device, [{ ...CREDS, value: encode(creds) }]) : Effect.void
      )
    }
  })

/** Who the stored credentials are linked as; null before a phone has confirmed the link. */
export const loadIdentity = (store: AuthStateShape, device: number): Effect.Effect<Identity | null, StoreUnavailable> =>
  Effect.map(loadCreds(store, device), (creds) => (creds ? identityOf(creds) : null))

/** A pairing code puts a provisional `me` there; `account` comes with the phone's signature. */
export const identityOf = (creds: AuthenticationCreds): Identity | null => {
  const { me, account, platform } = creds
  if (!me?.id || !account) return null
  return { number: userOf(me.id), jid: me.id, lid: me.lid ?? null, platform: platform ?? null }
}

/** A code that nobody typed in leaves a `me` behind, with which Baileys would log in instead of pairing. */
const forgetProvisional = (creds: AuthenticationCreds): void => {
  delete creds.me
  creds.pairingCode = undefined
}

const userOf = (jid: string): string => jid.split("@")[0]?.split(":")[0] ?? jid

const loadCreds = (
  store: AuthStateShape,
  device: number
): Effect.Effect<AuthenticationCreds | undefined, StoreUnavailable> =>
  Effect.map(store.read(device, CREDS.category, [CREDS.id]), (found) => {
    const row = found.get(CREDS.id)
    return row && (decode(row) as AuthenticationCreds)
  })

const AWAY_FIRST_MS = 50
const AWAY_CAP_MS = 1_000

/** One device's rows, for the socket that is its newest; what the store cannot do now is waited for. */
class Rows {
  readonly #store: AuthStateShape
  readonly #device: number
  readonly #isCurrent: () => boolean

  constructor(store: AuthStateShape, device: number, isCurrent: () => boolean) {
    this.#store = store
    this.#device = device
    this.#isCurrent = isCurrent
  }

  read(category: string, ids?: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#wait(this.#store.read(this.#device, category, ids))
  }

  async write(writes: readonly AuthWrite[]): Promise<void> {
    if (this.#isCurrent() && writes.length > 0) await this.#wait(this.#store.write(this.#device, writes))
  }

  #wait<A>(work: Effect.Effect<A, StoreUnavailable>): Promise<A> {
    const schedule = untilAvailable(AWAY_FIRST_MS, AWAY_CAP_MS)
    return Effect.runPromise(Effect.retry(work, { schedule, while: this.#isCurrent }))
  }
}

const keyStore = (rows: Rows): AuthenticationState["keys"] => ({
  get: async (type, ids) => {
    const found: { [id: string]: SignalDataTypeMap[typeof type] } = {}
    for (const [id, row] of await rows.read(type, ids)) {
      found[id] = revive(type, decode(row)) as SignalDataTypeMap[typeof type]
    }
    return found
  },
  set: async (data: SignalDataSet) => {
    const writes: AuthWrite[] = []
    for (const [category, values] of Object.entries(data)) {
      for (const [id, value] of Object.entries(values ?? {})) {
        writes.push({ category, id, value: value === null || value === undefined ? null : encode(value) })
      }
    }
    await rows.write(writes)
  }
})

const keptParts = (rows: Rows): KeptParts => ({
  all: async () => new Map([...(await rows.read(HISTORY))].map(([id, row]) => [id, decode(row) as Uint8Array])),
  put: (id, announcement) => rows.write([{ category: HISTORY, id, value: encode(announcement) }]),
  delete: (id) => rows.write([{ category: HISTORY, id, value: null }])
})

const encode = (value: unknown): Uint8Array =>
  value instanceof Uint8Array
    ? Buffer.concat([Buffer.of(FORM.bytes), value])
    : Buffer.concat([Buffer.of(FORM.json), Buffer.from(JSON.stringify(value, BufferJSON.replacer))])

const decode = (row: Uint8Array): unknown => {
  const body = Buffer.from(row.subarray(1))
  switch (row[0]) {
    case FORM.bytes:
      return body
    case FORM.json:
      return JSON.parse(body.toString("utf8"), BufferJSON.reviver)
    default:
      throw new Error(`auth state of an unknown form: ${row[0]}`)
  }
}

/** App-state keys are protobuf messages; read back as plain objects they make Baileys sync for ever (evolution PR#2685). */
const revive = (type: keyof SignalDataTypeMap, value: unknown): unknown =>
  type === "app-state-sync-key" ? proto.Message.AppStateSyncKeyData.fromObject(value as object) : value
