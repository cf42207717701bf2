/**
 * One change of Signal sessions at a time, each in a transaction of its own.
 *
 * Baileys 7.0.0-rc14 can lose changes in two ways, and then a contact's messages cannot be read. It sends in a transaction of
 * its key store that is named after the account, and decrypts in one that is named after the contact; neither waits for the
 * other, and the later one puts back what the earlier one had changed. And it finds the transaction under way by the
 * asynchronous context, while libsignal queues its work by contact for the whole process: what is queued behind another device's
 * work runs in the context of whoever came first, and writes into a transaction that is over. Both are rare while a decryption
 * takes a moment, and are not once a message is recorded within it (receiving/decryption.ts).
 *
 * So all that changes sessions runs in the account's transaction (one within another is a part of it), and what libsignal reads
 * and writes goes to the transaction that is under way, whatever context it comes from; sessions without what is too old in them.
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks"
import {
  type AuthenticationCreds,
  DEFAULT_CONNECTION_CONFIG,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
  type SocketConfig
} from "@whiskeysockets/baileys"
import { withinLimits } from "./session-limits.ts"

type MakeRepository = SocketConfig["makeSignalRepository"]
type InContext = <A>(work: () => A) => A

/** What libsignal keeps. The rest (identities, lists of devices) is Baileys' own, and has transactions of its own. */
const isOfSessions = (type: string): boolean =>
  (["session", "pre-key", "identity-key", "sender-key"] satisfies (keyof SignalDataTypeMap)[] as string[]).includes(
    type
  )

/** Decryption is left to whoever uses it: more than the decryption may belong into its transaction. */
export const makeSessions = (...[auth, logger, toLid]: Parameters<MakeRepository>) => {
  const keys = auth.keys as SignalKeyStoreWithTransaction
  const anywhere: InContext = (work) => work()
  let inContext = anywhere
  let parts = 0

  const inTurn = <A>(work: () => Promise<A>): Promise<A> =>
    keys.transaction(
      async () => {
        inContext = AsyncLocalStorage.snapshot()
        parts++
        try {
          return await work()
        } finally {
          if (--parts === 0) inContext = anywhere
        }
      },
      // As Baileys names the transaction that it sends in.
      (auth.creds as Partial<AuthenticationCreds>).me?.id ?? ""
    )

  const store: SignalKeyStoreWithTransaction = {
    ...keys,
    get: (type, ids) => (isOfSessions(type) ? inContext(() => keys.get(type, ids)) : keys.get(type, ids)),
    set: (data) =>
      Object.keys(data).some(isOfSessions) ? inContext(() => keys.set(withinLimits(data))) : keys.set(data)
  }
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds: auth.creds, keys: store }, logger, toLid)
  forgetTransactions(repository.lidMapping)
  const serialised: ReturnType<MakeRepository> = {
    ...repository,
    encryptMessage: (options) => inTurn(() => repository.encryptMessage(options)),
    encryptGroupMessage: (options) => inTurn(() => repository.encryptGroupMessage(options)),
    injectE2ESession: (options) => inTurn(() => repository.injectE2ESession(options)),
    migrateSession: (from, to) => inTurn(() => repository.migrateSession(from, to)),
    deleteSession: (jids) => inTurn(() => repository.deleteSession(jids)),
    processSenderKeyDistributionMessage: (options) =>
      inTurn(() => repository.processSenderKeyDistributionMessage(options))
  }
  return { repository: serialised, inTurn }
}

/**
 * Baileys keeps names of people for three days, each with a timer. A timer keeps the asynchronous context in which it was set: here
 * the transaction under way, with all the sessions and tokens that it had read. So the names are taken up outside of it.
 */
const forgetTransactions = (names: object): void => {
  const { mappingCache: cache } = names as { mappingCache?: { set: (...given: unknown[]) => unknown } }
  if (cache) cache.set = AsyncResource.bind(cache.set, undefined, cache)
}
