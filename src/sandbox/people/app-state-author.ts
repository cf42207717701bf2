/**
 * A phone writes app state: what its owner does with chats and contacts, encrypted as a companion expects it. Each patch has its own
 * authentication codes and continues the hash of its collection (chat-utils.js encodeSyncdPatch, which makes patches of one change).
 */
import { encodeSyncdPatch, proto, type WAPatchCreate, type WAPatchName } from "@whiskeysockets/baileys"
import type { AppStateRouter } from "../routing/app-state.ts"
import type { Device } from "../state/device.ts"
import { indexCode, patchCode, snapshotCode } from "./app-state-keys.ts"
import type { AppStateReplica } from "./app-state-replica.ts"

/** Changes in one patch. */
const CHANGES_MAX = 500

/** The author of one phone's app state. It writes one patch after the other. */
export class AppStateAuthor {
  readonly #device: Device
  readonly #router: AppStateRouter
  readonly #replica: AppStateReplica
  #writing: Promise<void> = Promise.resolve()

  constructor(device: Device, router: AppStateRouter, replica: AppStateReplica) {
    this.#device = device
    this.#router = router
    this.#replica = replica
  }

  /** Writes changes, and tells the companions. Resolves when the server has them. */
  write(changes: readonly WAPatchCreate[]): Promise<void> {
    const written = this.#writing.then(async () => {
      for (const [name, of] of Map.groupBy(changes, ({ type }) => type)) {
        for (let from = 0; from < of.length; from += CHANGES_MAX) {
          // A companion can write between the reading and the writing.
          while (!(await this.#append(name, of.slice(from, from + CHANGES_MAX))));
        }
        this.#router.notify(this.#device, name)
      }
    })
    this.#writing = written.catch(() => undefined)
    return written
  }

  /** Writes one patch. Returns false when the collection has changed meanwhile. */
  async #append(name: WAPatchName, changes: readonly WAPatchCreate[]): Promise<boolean> {
    const newest = await this.#replica.read(name)
    const state = { ...newest, indexValueMap: { ...newest.indexValueMap } }
    const { keys } = this.#replica
    const mutations: proto.ISyncdMutation[] = []
    for (const change of changes) {
      const index = indexCode(JSON.stringify(change.index), keys)
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
    const snapshotMac = snapshotCode(name, state, keys)
    const patchMac = patchCode(name, state.version, snapshotMac, mutations, keys)
    const patch = proto.SyncdPatch.encode({ mutations, snapshotMac, patchMac, keyId: { id: this.#key.id } }).finish()
    const isAppended = this.#router.append(this.#device, name, newest.version, patch)
    await this.#replica.read(name)
    return isAppended
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
