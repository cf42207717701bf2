/**
 * App state: archived chats, names of contacts, starred messages… as encrypted patches in collections. The server keeps the patches of
 * each account and cannot read them.
 */
import { proto } from "@whiskeysockets/baileys"
import type { Account } from "./account.ts"
import type { State } from "./store.ts"

/** The patches of all accounts. */
export class AppStates {
  readonly #state: State
  readonly #patches = new Map<string, Uint8Array[]>()

  /** Loads what survived. */
  constructor(state: State) {
    this.#state = state
    for (const [key, patch] of state.rows("app-state")) {
      const collection = key.slice(0, key.lastIndexOf("/"))
      this.#add(collection, patch as Uint8Array)
    }
  }

  version(account: Account, name: string): number {
    return this.#of(`${account.number}/${name}`).length
  }

  /** Adds a patch, with its version. Returns false when it is not based on the newest version. */
  append(account: Account, name: string, basedOn: number, patch: Uint8Array): boolean {
    const key = `${account.number}/${name}`
    const patches = this.#of(key)
    if (basedOn !== patches.length) return false
    const version = patches.length + 1
    const decoded = proto.SyncdPatch.decode(patch)
    decoded.version = proto.SyncdVersion.create({ version })
    const kept = proto.SyncdPatch.encode(decoded).finish()
    this.#add(key, kept)
    this.#state.put("app-state", `${key}/${String(version).padStart(8, "0")}`, kept)
    return true
  }

  /** The patches after a version, the oldest first; `max` of them at most. */
  after(account: Account, name: string, version: number, max = Number.POSITIVE_INFINITY): Uint8Array[] {
    return this.#of(`${account.number}/${name}`).slice(version, version + max)
  }

  #add(key: string, patch: Uint8Array): void {
    const patches = this.#patches.get(key)
    if (patches === undefined) this.#patches.set(key, [patch])
    else patches.push(patch)
  }

  #of(key: string): readonly Uint8Array[] {
    return this.#patches.get(key) ?? []
  }
}
