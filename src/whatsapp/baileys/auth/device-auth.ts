/**
 * Baileys' authentication state, kept in the store. Keeps SEC-4.
 *
 * Only the newest socket of a device may write: an older one would put back keys that are used up. While the store is unavailable,
 * Baileys' reads and writes wait, because Baileys takes a key that it cannot read for one that does not exist, and gives the message up.
 */
import { type AuthenticationCreds, type AuthenticationState, initAuthCreds } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { AuthStateShape } from "../../../store/auth-state.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { Identity } from "../../whatsapp.ts"
import { DeviceRows } from "./device-rows.ts"
import { HeldVersions } from "./held-versions.ts"
import { type KeptParts, keptParts } from "./kept-parts.ts"
import { keyStore } from "./key-store.ts"
import { decode, encode } from "./row-encoding.ts"
import { takeMark, type UpToDate } from "./up-to-date.ts"

const CREDS = { category: "creds", id: "creds" } as const

export interface DeviceAuth {
  readonly state: AuthenticationState
  readonly historyParts: KeptParts
  readonly placeholders: KeptParts
  readonly versions: HeldVersions
  readonly upToDate: UpToDate
  /** Makes the credentials durable as they are now. */
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
    const rows = new DeviceRows(store, device, isCurrent)
    const versions = new HeldVersions(rows)
    return {
      state: { creds, keys: keyStore(rows) },
      historyParts: keptParts(rows, "history-part"),
      placeholders: keptParts(rows, "placeholder"),
      versions,
      upToDate: yield* takeMark(store, device, rows),
      saveCreds: Effect.suspend(() =>
        isCurrent() ? store.write(device, [{ ...CREDS, value: encode(creds) }]) : Effect.void
      )
    }
  })

/** The account that the stored credentials are linked to; null before a phone has confirmed the link. */
export const loadIdentity = (store: AuthStateShape, device: number): Effect.Effect<Identity | null, StoreUnavailable> =>
  Effect.map(loadCreds(store, device), (creds) => (creds ? identityOf(creds) : null))

/** A request for a pairing code puts a provisional `me` there; `account` comes with the phone's signature. */
export const identityOf = (creds: AuthenticationCreds): Identity | null => {
  const { me, account, platform } = creds
  if (!me?.id || !account) return null
  return { number: userOf(me.id), jid: me.id, lid: me.lid ?? null, platform: platform ?? null }
}

/** A pairing code that was not typed in leaves a `me` behind, with which Baileys would log in instead of pairing. */
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
