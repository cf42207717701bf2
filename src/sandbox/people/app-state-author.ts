/**
 * A phone writes app state: what its owner does with chats and contacts, encrypted as a companion expects it. Each patch has its own
 * authentication codes and continues the hash of its collection (chat-utils.js encodeSyncdPatch, which makes patches of one change).
 */
import {
  decodePatches,
  encodeSyncdPatch,
  hkdf,
  hmacSign,
  type LTHashState,
  newLTHashState,
  proto,
  type WAPatchCreate,
  type WAPatchName
} from "@whiskeysockets/baileys"
import type { AppStateRouter } from "../routing/app-state.ts"
import type { Device } from "../state/device.ts"

/** Changes in one patch. */
const CHANGES_MAX = 500

/** The author of one phone's app state. It writes one patch after the other. */
export class AppStateAuthor {
  readonly #device: Device
  readonly #router: AppStateRouter
  readonly #collections = new Map<WAPatchName, LTHashState>()
  #writing: Promise<void> = Promise.resolve()

  constructor(device: Device, router: AppStateRouter) {
    this.#device = device
    this.#router = router
  }

  /** Writes changes, and tells the companions. Resolves when the server has them. */
  write(changes: readonly WAPatchCreate[]): Promise<void> {
    const written = this.#writing.then(async () => {
      for (const [name, of] of Map.groupBy(changes, ({ type }) => type)) {
        for (let from = 0; from < of.length; from += CHANGES_MAX) {
          await this.#append(name, of.slice(from, from + CHANGES_MAX))
        }
        this.#router.notify(this.#device, name)
      }
    })
    this.#writing = written.catch(() => undefined)
    return written
  }

  async #append(name: WAPatchName, changes: readonly WAPatchCreate[]): Promise<void> {
    const state = await this.#newest(name)
    const basedOn = state.version
    const keys = keysOf(this.#key.data)
    const mutations: proto.ISyncdMutation[] = []
    for (const change of changes) {
      const index = hmacSign(Buffer.from(JSON.stringify(change.index)), keys.index).toString("base64")
      const known = state.indexValueMap[index]
      const before = { ...state, indexValueMap: known === undefined ? {} : { [index]: known } }
      const { patch, state: after } = await encodeSyncdPatch(change, this.#keyId, before, async () => this.#keyData)
      mutations.push(...(patch.mutations ?? []))
      state.hash = after.hash
      const value = after.indexValueMap[index]
      // encodeSyncdPatch names the value of a change that removes one as well.
      if (change.operation === proto.SyncdMutation.SyncdOperation.REMOVE) delete state.indexValueMap[index]
      else if (value !== undefined) state.indexValueMap[index] = value
    }
    state.version++
    this.#router.append(this.#device, name, basedOn, signed(name, state, mutations, this.#key.id, keys))
  }

  /** The collection with what companions wrote. */
  async #newest(name: WAPatchName): Promise<LTHashState> {
    const { account } = this.#device
    const known = this.#collections.get(name) ?? newLTHashState()
    const patches = this.#router.states
      .after(account, name, known.version)
      .map((patch) => proto.SyncdPatch.decode(patch))
    const { state } =
      patches.length === 0
        ? { state: known }
        : await decodePatches(name, patches, known, async () => this.#keyData, {}, undefined, undefined, false)
    this.#collections.set(name, state)
    return state
  }

  get #key() {
    return this.#device.account.appStateKey
  }

  get #keyId(): string {
    return Buffer.from(this.#key.id).toString("base64")
  }

  get #keyData(): proto.Message.IAppStateSyncKeyData {
    return { keyData: this.#key.data }
  }
}

interface Keys {
  readonly index: Buffer
  readonly snapshot: Buffer
  readonly patch: Buffer
}

/** As WhatsApp expands an app state key: index, value encryption, value code, snapshot code, patch code. */
function keysOf(data: Uint8Array): Keys {
  const all = Buffer.from(hkdf(data, 160, { info: "WhatsApp Mutation Keys" }))
  return { index: all.subarray(0, 32), snapshot: all.subarray(96, 128), patch: all.subarray(128, 160) }
}

function signed(
  name: WAPatchName,
  { hash, version }: LTHashState,
  mutations: readonly proto.ISyncdMutation[],
  keyId: Uint8Array,
  keys: Keys
): Uint8Array {
  const counter = Buffer.alloc(8)
  counter.writeUInt32BE(version, 4)
  const snapshotMac = hmacSign(Buffer.concat([hash, counter, Buffer.from(name)]), keys.snapshot)
  const valueMacs = mutations.map(({ record }) => (record?.value?.blob ?? Buffer.alloc(0)).subarray(-32))
  const patchMac = hmacSign(Buffer.concat([snapshotMac, ...valueMacs, counter, Buffer.from(name)]), keys.patch)
  return proto.SyncdPatch.encode({ mutations: [...mutations], snapshotMac, patchMac, keyId: { id: keyId } }).finish()
}
