/**
 * Makes changes to Signal sessions one at a time, each in a transaction of its own.
 *
 * Baileys 7.0.0-rc14 can lose changes in two ways, and a contact's messages can then not be decrypted:
 * 1. It sends in a transaction of its key store named after the account, and decrypts in a transaction named after the contact. Neither
 *    waits for the other, and the later transaction undoes the change of the earlier.
 * 2. It finds the current transaction by the asynchronous context. libsignal queues its work by contact for the whole process, and runs
 *    queued work in the context of the first caller. So the work of one device can write into a transaction of another that is over.
 * Both are rare while a decryption takes a moment. They are not rare when a message is recorded during it (receiving/decryption.ts).
 *
 * So everything that changes sessions runs in the account's transaction; Baileys makes an inner transaction a part of the outer. What
 * libsignal reads and writes goes to the current transaction, whatever context it comes from. A session is written without what is too
 * old in it (session-limits.ts).
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

/** The data of libsignal. Other data (identities, lists of devices) is Baileys' own, and has transactions of its own. */
const isOfSessions = (type: string): boolean =>
  (["session", "pre-key", "identity-key", "sender-key"] satisfies (keyof SignalDataTypeMap)[] as string[]).includes(
    type
  )

/** `inTurn` is for decryption: its caller decides what else belongs into the same transaction. */
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
      // Baileys gives this name to the transaction that it sends in.
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
 * Baileys keeps each name of a person in memory for three days, with a timer. A timer holds the asynchronous context in which it was set:
 * here the current transaction, with all sessions and tokens that it read. So names are put into this cache outside of any transaction.
 */
const forgetTransactions = (names: object): void => {
  const { mappingCache: cache } = names as { mappingCache?: { set: (...given: unknown[]) => unknown } }
  if (cache) cache.set = AsyncResource.bind(cache.set, undefined, cache)
}
