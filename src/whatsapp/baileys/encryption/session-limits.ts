/**
 * How much of a Signal session is kept.
 *
 * libsignal for JavaScript (6.0.0) drops nothing of one: each turn of a conversation leaves a chain behind, so that a session, read
 * and written with every message, grows for as long as two people write to each other; and a sender who leaves numbers out makes it
 * keep a key for each. Here it is what Signal's own library keeps (signalapp/libsignal, rust/protocol/src/consts.rs).
 */
import type { SignalDataSet } from "@whiskeysockets/baileys"

/** How many of the other side's turns can still be read. What comes later is asked for again (a retry receipt). */
export const RECEIVING_CHAINS_MAX = 5
/** How many messages of one turn can still come after a later one of it. */
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
/** A session record as `SessionRecord.serialize()` gives it: the session with one address, and those before it. */
interface SessionRecord {
  readonly _sessions: Given<Session>
}

/** What is to be written, without what is too old in its sessions. Chains, and keys of a chain, stand in the order in which they came. */
export const withinLimits = (data: SignalDataSet): SignalDataSet =>
  // The type that Baileys has for it says bytes.
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

/** Numbers as the keys of an object are in ascending order (ECMA-262, OrdinaryOwnPropertyKeys). */
const newestKeys = (keys: Chain["messageKeys"]): Chain["messageKeys"] => {
  const entries = Object.entries(keys)
  return entries.length > MESSAGE_KEYS_MAX ? Object.fromEntries(entries.slice(-MESSAGE_KEYS_MAX)) : keys
}

const mapValues = <A>(given: Given<A>, change: (value: A) => A): Record<string, A> =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, change(value)]))
