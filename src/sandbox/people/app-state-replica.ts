/**
 * The app state of an account as one phone has read it: every collection, decrypted, and what is wrong with it. A patch whose code does
 * not fit the collection is a mistake of the client that wrote it; WhatsApp's phones unlink a client for that, this one keeps it as a flaw.
 */
import {
  ALL_WA_PATCH_NAMES,
  decodePatches,
  type LTHashState,
  newLTHashState,
  proto,
  type WAPatchName
} from "@whiskeysockets/baileys"
import type { AppStates } from "../state/app-state.ts"
import type { Account } from "../state/account.ts"
import { type AppStateKeys, indexCode, keysOf, snapshotCode } from "./app-state-keys.ts"

/** One value of a collection: its index, such as `["archive", jid]`, and what it says. */
export interface AppStateEntry {
  readonly index: readonly string[]
  readonly value: proto.ISyncActionValue
}

interface Collection {
  readonly state: LTHashState
  /** By the JSON of their index, the oldest first. */
  readonly entries: Map<string, AppStateEntry>
}

/** One replica. It starts empty and reads from the first patch. */
export class AppStateReplica {
  /** Patches whose code does not fit, as `<collection> <version>`. */
  readonly flaws: string[] = []
  readonly #account: Account
  readonly #states: AppStates
  readonly #collections = new Map<WAPatchName, Collection>()
  #keys: AppStateKeys | undefined
  #reading: Promise<unknown> = Promise.resolve()

  constructor(account: Account, states: AppStates) {
    this.#account = account
    this.#states = states
  }

  get keys(): AppStateKeys {
    this.#keys ??= keysOf(this.#account.appStateKey.data)
    return this.#keys
  }

  /** What it has read, over all collections. */
  get entries(): AppStateEntry[] {
    return [...this.#collections.values()].flatMap(({ entries }) => Array.from(entries.values()))
  }

  /** Reads what is new in every collection. */
  async readAll(): Promise<void> {
    for (const name of ALL_WA_PATCH_NAMES) if (this.#states.version(this.#account, name) > 0) await this.read(name)
  }

  /** Reads what is new in a collection, and returns its hash as it is then. */
  read(name: WAPatchName): Promise<LTHashState> {
    const read = this.#reading.then(async () => {
      for (const patch of this.#states.after(this.#account, name, this.#collection(name).state.version))
        await this.#apply(name, proto.SyncdPatch.decode(patch))
      return this.#collection(name).state
    })
    this.#reading = read.catch(() => undefined)
    return read
  }

  async #apply(name: WAPatchName, patch: proto.SyncdPatch): Promise<void> {
    const { entries, state: before } = this.#collection(name)
    const keyData = { keyData: this.#account.appStateKey.data }
    const { state, mutationMap } = await decodePatches(name, [patch], before, async () => keyData, {})
    if (!snapshotCode(name, state, this.keys).equals(patch.snapshotMac ?? Buffer.alloc(0)))
      this.flaws.push(`${name} ${state.version}`)
    for (const { index, syncAction } of Object.values(mutationMap)) {
      const key = JSON.stringify(index)
      entries.delete(key)
      const isSet = state.indexValueMap[indexCode(key, this.keys)] !== undefined
      if (isSet && syncAction.value) entries.set(key, { index, value: syncAction.value })
    }
    this.#collections.set(name, { state, entries })
  }

  #collection(name: WAPatchName): Collection {
    const known = this.#collections.get(name) ?? { state: newLTHashState(), entries: new Map() }
    this.#collections.set(name, known)
    return known
  }
}
