/**
 * The Signal keys and sessions of a handset (device 0), and its encryption and decryption. It uses Baileys' own
 * repository. Sessions are named by LID, whichever jid a message carries. A handset has no one-time prekeys; peers start
 * sessions from its signed prekey, which Signal allows.
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
import type { Device, KeyBundle, PublicKey } from "../state/device.ts"
import { lidJid } from "../state/jid.ts"
import type { State } from "../state/store.ts"
import { element, uintOf } from "../wire/stanza.ts"

const silent = pino({ level: "silent" })

/** One identity. Its sessions survive: each use of a session is written before its result is returned. */
export class SignalIdentity {
  readonly creds: AuthenticationCreds
  readonly #keys: SignalKeyStore
  readonly #repository: SignalRepositoryWithLIDStore

  /** Loads the identity of this number, or makes one and stores it. */
  constructor(state: State, number: string) {
    this.creds = loadCreds(state, number)
    this.#keys = survivingKeys(state, number)
    this.#repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds: this.creds, keys: withoutTransactions(this.#keys) },
      silent,
      () => Promise.resolve(undefined)
    )
  }

  /** The public keys, as the server gives them to senders. */
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

  /** Encrypts for one device and returns the `<enc>`. It calls `takeOneTimeKey` only when it has to start a session. */
  async encrypt(
    device: Device,
    message: proto.IMessage,
    takeOneTimeKey: () => PublicKey | undefined,
    extra?: Uint8Array
  ): Promise<BinaryNode> {
    const jid = lidJid(device.account, device.id)
    const { exists } = await this.#repository.validateSession(jid)
    if (!exists) await this.startSession(device, takeOneTimeKey())
    const data = encoded(message, extra)
    const { type, ciphertext } = await this.#repository.encryptMessage({ jid, data })
    return element("enc", { v: "2", type }, ciphertext)
  }

  /** Starts a new session from the device's bundle. It replaces an existing session. */
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

  /** Starts a new session from the keys in a retry receipt. Returns false when the receipt carries none. */
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

  /** Decrypts one `<enc>` of a message and stores the sender key that comes with it. Throws when it cannot decrypt. */
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
    if (item !== null && item !== undefined) await this.#storeSenderKey(item, authorJid)
    return message
  }

  /** A sender key that cannot be read costs the message nothing, as in Baileys (decode-wa-message.js). */
  async #storeSenderKey(item: proto.Message.ISenderKeyDistributionMessage, authorJid: string): Promise<void> {
    try {
      await this.#repository.processSenderKeyDistributionMessage({ item, authorJid })
    } catch {
      // The next message to the group asks for another.
    }
  }

  /** Encrypts for a group, and returns the sender key that members need to decrypt it. */
  async encryptForGroup(
    group: string,
    meId: string,
    message: proto.IMessage,
    extra?: Uint8Array
  ): Promise<{ enc: BinaryNode; senderKey: proto.IMessage }> {
    const data = encoded(message, extra)
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

  /** The own sender key of a group; a resend carries it. */
  async senderKey(group: string, meId: string): Promise<proto.IMessage> {
    const key = await this.#repository.getSenderKeyDistributionMessage({ group, meId })
    return { senderKeyDistributionMessage: { groupId: group, axolotlSenderKeyDistributionMessage: key } }
  }

  /** The devices, by LID, that have the own sender key of this group. */
  async senderKeyHolders(group: string): Promise<Set<string>> {
    const { [group]: known } = await this.#keys.get("sender-key-memory", [group])
    return new Set(Object.keys(known ?? {}))
  }

  /** Stores which devices have the own sender key of this group. */
  async rememberSenderKeyHolders(group: string, holders: Set<string>): Promise<void> {
    const known = Object.fromEntries([...holders].map((jid) => [jid, true]))
    await this.#keys.set({ "sender-key-memory": { [group]: known } })
  }

  /** Frees timers and caches. */
  close(): void {
    this.#repository.close?.()
  }
}

/** The message as it is encrypted: fields that Baileys does not know go before the padding. */
function encoded(message: proto.IMessage, extra: Uint8Array | undefined): Uint8Array {
  const padded = encodeWAMessage(proto.Message.fromObject(message))
  if (extra === undefined) return padded
  const padding = padded.at(-1) ?? 0
  return Buffer.concat([padded.subarray(0, padded.length - padding), extra, padded.subarray(padded.length - padding)])
}

function loadCreds(state: State, number: string): AuthenticationCreds {
  const kept = state.get("creds", number) as AuthenticationCreds | undefined
  if (kept !== undefined) return kept
  const creds = initAuthCreds()
  state.put("creds", number, creds)
  return creds
}

/**
 * Makes every write take effect at once. Baileys' transactions would lose writes here: they belong to an asynchronous
 * context, all identities of this process share libsignal's queues, and a queue may run the work of one identity in the
 * context of another. Transactions are not needed, because libsignal handles one operation at a time with each peer.
 */
function withoutTransactions(keys: SignalKeyStore): SignalKeyStoreWithTransaction {
  return { ...keys, isInTransaction: () => false, transaction: (work) => work() }
}

/** A key store in memory that also writes every change to the state. */
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
