/**
 * How much of a Signal session is kept: what Signal's own library keeps (signalapp/libsignal, rust/protocol/src/consts.rs).
 *
 * libsignal for JavaScript (6.0.0) drops nothing. Each turn of a conversation leaves a chain in the session, which is read and written
 * with every message, so a session grows until the conversation ends. A sender that skips message numbers makes it keep a key for each.
 */
import type { SignalDataSet } from "@whiskeysockets/baileys"

/** How many of the other side's turns can still be read. For a message of an older turn, Baileys asks again (a retry receipt). */
export const RECEIVING_CHAINS_MAX = 5
/** How many messages of a turn can still come after a later message of the same turn. */
export const MESSAGE_KEYS_MAX = 2_000

const RECEIVING = 2

type Given<A> = Readonly<Record<string, A>>
type Sessions = NonNullable<SignalDataSet["session"]>
interface Chain {
  readonly chainType: number
  readonly messageKeys: Given<unknown>
}
interface Session {
  readonly _chains: Given<Chain>
}
/** A session record in the form of `SessionRecord.serialize()`: the session with an address, and earlier sessions with it. */
interface SessionRecord {
  readonly _sessions: Given<Session>
}

/** The data without what is too old in its sessions. Chains, and the keys of a chain, are in the order in which they came. */
export const withinLimits = (data: SignalDataSet): SignalDataSet =>
  // Baileys' type for a session is bytes, but what it passes is the serialized record.
  data.session ? { ...data, session: mapValues(data.session as Given<SessionRecord | null>, newest) as Sessions } : data

const newest = (record: SessionRecord | null): SessionRecord | null =>
  record && {
    ...record,
    _sessions: mapValues(record._sessions, (session) => ({ ...session, _chains: newestChains(session._chains) }))
  }

const newestChains = (chains: Session["_chains"]): Session["_chains"] => {
  const entries = Object.entries(chains)
  let tooMany = entries.filter(([, { chainType }]) => chainType === RECEIVING).length - RECEIVING_CHAINS_MAX
  const kept = entries.filter(([, { chainType }]) => chainType !== RECEIVING || tooMany-- <= 0)
  return mapValues(Object.fromEntries(kept), (chain) => ({ ...chain, messageKeys: newestKeys(chain.messageKeys) }))
}

/** JavaScript lists an object's numeric keys in ascending order (ECMA-262, OrdinaryOwnPropertyKeys). */
const newestKeys = (keys: Chain["messageKeys"]): Chain["messageKeys"] => {
  const entries = Object.entries(keys)
  return entries.length > MESSAGE_KEYS_MAX ? Object.fromEntries(entries.slice(-MESSAGE_KEYS_MAX)) : keys
}

const mapValues = <A>(given: Given<A>, change: (value: A) => A): Record<string, A> =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, change(value)]))
