/**
 * The Signal side of a phone or contact (device 0): its keys, its sessions with other devices, encryption both ways.
 * It uses the repository of Baileys itself; sessions are named by LID, whatever address a message carried.
 * It has no one-time prekeys: peers start sessions from its signed prekey, which is allowed.
 */
import {
  type BinaryNode,
  DEFAULT_CONNECTION_CONFIG,
  encodeBigEndian,
  encodeWAMessage,
  extractE2ESessionFromRetryReceipt,
  generateSignalPubKey,
  initAuthCreds,
  proto,
  type AuthenticationCreds,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  unpadRandomMax16
} from "@whiskeysockets/baileys"
import pino from "pino"
import { lidJid } from "../state/jid.ts"
import { element, uintOf } from "../wire/stanza.ts"
import type { State } from "../state/store.ts"
import type { Device, KeyBundle, PublicKey } from "../state/accounts.ts"

const silent = pino({ level: "silent" })

/** One identity. Its sessions survive; each use of one is written before its result is given. */
export class SignalIdentity {
  readonly creds: AuthenticationCreds
  readonly #keys: SignalKeyStore
  readonly #repository: SignalRepositoryWithLIDStore

  /** Loads the surviving identity of this number, or makes one that will survive. */
  constructor(state: State, number: string) {
    this.creds = loadCreds(state, number)
    this.#keys = survivingKeys(state, number)
    this.#repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds: this.creds, keys: withoutTransactions(this.#keys) },
      silent,
      () => Promise.resolve(undefined)
    )
  }

  /** The public keys, as the server hands them out. */
  get bundle(): KeyBundle {
    const { signedPreKey, signedIdentityKey, registrationId } = this.creds
    return {
      registrationId: encodeBigEndian(registrationId),
      identity: signedIdentityKey.public,
      signedPreKey: {
        id: encodeBigEndian(signedPreKey.keyId, 3),
        value: signedPreKey.keyPair.public,
        signature: signedPreKey.signature
      }
    }
  }

  /** Encrypts for one device and gives the `<enc>`. `takeOneTimeKey` is asked only when a session has to be started. */
  async encrypt(
    device: Device,
    message: proto.IMessage,
    takeOneTimeKey: () => PublicKey | undefined
  ): Promise<BinaryNode> {
    const jid = lidJid(device.account, device.id)
    const { exists } = await this.#repository.validateSession(jid)
    if (!exists) await this.startSession(device, takeOneTimeKey())
    const data = encodeWAMessage(proto.Message.fromObject(message))
    const { type, ciphertext } = await this.#repository.encryptMessage({ jid, data })
    return element("enc", { v: "2", type }, ciphertext)
  }

  /** Starts a new session from the device's bundle, over any that exists. */
  async startSession(device: Device, oneTimeKey: PublicKey | undefined): Promise<void> {
    const { registrationId, identity, signedPreKey } = device.bundle
    await this.#repository.injectE2ESession({
      jid: lidJid(device.account, device.id),
      session: {
        registrationId: uintOf(registrationId),
        identityKey: generateSignalPubKey(identity),
        signedPreKey: {
          keyId: uintOf(signedPreKey.id),
          publicKey: generateSignalPubKey(signedPreKey.value),
          signature: signedPreKey.signature
        },
        ...(oneTimeKey === undefined
          ? {}
          : { preKey: { keyId: uintOf(oneTimeKey.id), publicKey: generateSignalPubKey(oneTimeKey.value) } })
      }
    })
  }

  /** Starts a new session from the keys inside a retry receipt; false when it carries none. */
  async startSessionFromRetry(device: Device, receipt: BinaryNode): Promise<boolean> {
    const session = extractE2ESessionFromRetryReceipt(receipt)
    if (session === null) return false
    const { preKey, ...rest } = session
    await this.#repository.injectE2ESession({
      jid: lidJid(device.account, device.id),
      session: preKey === undefined ? rest : { ...rest, preKey }
    })
    return true
  }

  /** Decrypts one `<enc>` of a message. Sender keys that come along are taken in. Throws when it cannot be read. */
  async decrypt(enc: BinaryNode, author: Device, group: string | undefined): Promise<proto.Message> {
    const authorJid = lidJid(author.account, author.id)
    const ciphertext = enc.content as Uint8Array
    const { type } = enc.attrs
    const padded =
      type === "skmsg"
        ? await this.#repository.decryptGroupMessage({ group: group ?? "", authorJid, msg: ciphertext })
        : await this.#repository.decryptMessage({
            jid: authorJid,
            type: type === "pkmsg" ? "pkmsg" : "msg",
            ciphertext
          })
    const message = proto.Message.decode(unpadRandomMax16(padded))
    const item = (message.deviceSentMessage?.message ?? message).senderKeyDistributionMessage
    if (item !== null && item !== undefined)
      await this.#repository.processSenderKeyDistributionMessage({ item, authorJid })
    return message
  }

  /** Encrypts for a group, and gives the sender key that members need to read it. */
  async encryptForGroup(
    group: string,
    meId: string,
    message: proto.IMessage
  ): Promise<{ enc: BinaryNode; senderKey: proto.IMessage }> {
    const data = encodeWAMessage(proto.Message.fromObject(message))
    const { ciphertext, senderKeyDistributionMessage } = await this.#repository.encryptGroupMessage({
      group,
      meId,
      data
    })
    return {
      enc: element("enc", { v: "2", type: "skmsg" }, ciphertext),
      senderKey: {
        senderKeyDistributionMessage: {
          groupId: group,
          axolotlSenderKeyDistributionMessage: senderKeyDistributionMessage
        }
      }
    }
  }

  /** Our sender key of a group, to go along with a resend. */
  async senderKey(group: string, meId: string): Promise<proto.IMessage> {
    const key = await this.#repository.getSenderKeyDistributionMessage({ group, meId })
    return { senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage: key } }
  }

  /** The devices, by LID, that already have our sender key of this group. */
  async senderKeyHolders(group: string): Promise<Set<string>> {
    const { [group]: known } = await this.#keys.get("sender-key-memory", [group])
    return new Set(Object.keys(known ?? {}))
  }

  /** Remembers who has our sender key of this group. */
  async rememberSenderKeyHolders(group: string, holders: Set<string>): Promise<void> {
    const known = Object.fromEntries([...holders].map((jid) => [jid, true]))
    await this.#keys.set({ "sender-key-memory": { [group]: known } })
  }

  /** Lets go of timers and caches. */
  close(): void {
    this.#repository.close?.()
  }
}

function loadCreds(state: State, number: string): AuthenticationCreds {
  const kept = state.get("creds", number) as AuthenticationCreds | undefined
  if (kept !== undefined) return kept
  const creds = initAuthCreds()
  state.put("creds", number, creds)
  return creds
}

/**
 * Every write counts at once; libsignal itself does one thing after the other with each peer. Baileys' transactions lose
 * writes where several identities of one process write to the same peer: they go by the asynchronous context, and libsignal's
 * queues, which all identities share, run work in the context of somebody else.
 */
function withoutTransactions(keys: SignalKeyStore): SignalKeyStoreWithTransaction {
  return { ...keys, isInTransaction: () => false, transaction: (work) => work() }
}

/** A key store over memory whose every write also goes to the state. */
function survivingKeys(state: State, number: string): SignalKeyStore {
  const values = new Map<string, unknown>()
  for (const [key, value] of state.rows("signal", `${number}/`)) values.set(key, value)
  return {
    get: <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      const found: Record<string, SignalDataTypeMap[T]> = {}
      for (const id of ids) {
        const value = values.get(`${number}/${type}/${id}`)
        if (value !== undefined) found[id] = value as SignalDataTypeMap[T]
      }
      return found
    },
    set: (data: SignalDataSet) => {
      for (const [type, items] of Object.entries(data)) {
        for (const [id, value] of Object.entries(items ?? {})) {
          const key = `${number}/${type}/${id}`
          if (value === null || value === undefined) {
            values.delete(key)
            state.remove("signal", key)
          } else {
            values.set(key, value)
            state.put("signal", key, value)
          }
        }
      }
    }
  }
}
