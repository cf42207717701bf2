/**
 * App state (xmlns w:sync:app:state): archived chats, names of contacts, starred messages… as encrypted patches in
 * collections. The server keeps the patches and sends them to companions; it cannot read them. This network makes no
 * snapshots, so a new companion gets every patch. The server refuses a patch that is not based on the newest version with
 * 409 (chats.js appPatch, resyncAppState).
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Delivery } from "../routing/delivery.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { pnJid } from "../state/jid.ts"
import type { State } from "../state/store.ts"
import { child, children, element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

/** What app state needs. */
export interface AppStateParts {
  readonly accounts: Accounts
  readonly delivery: Delivery
  readonly state: State
}

/** Registers the handler of w:sync:app:state. */
export function registerAppState(registry: IqRegistry, parts: AppStateParts): void {
  const collections = new Collections(parts.state)
  registry.on("w:sync:app:state", ({ device, first, answer }) => {
    const changed: string[] = []
    const results = children(first, "collection").map((requested) => {
      const { name = "" } = requested.attrs
      const patch = child(requested, "patch")?.content
      if (!(patch instanceof Uint8Array)) return patchesNode(collections, device.account, requested)
      if (!collections.append(device.account, name, Number(requested.attrs["version"] ?? 0), patch))
        return element("collection", { name, type: "error" }, [element("error", { code: "409", text: "conflict" })])
      changed.push(name)
      return element("collection", { name, version: String(collections.version(device.account, name)) })
    })
    answer([element("sync", {}, results)])
    for (const name of changed) notifyOtherCompanions(parts, collections, device, name)
    return true
  })
}

class Collections {
  readonly #state: State
  readonly #patches = new Map<string, Uint8Array[]>()

  constructor(state: State) {
    this.#state = state
    for (const [key, patch] of state.rows("app-state")) {
      const collection = key.slice(0, key.lastIndexOf("/"))
      this.#of(collection).push(patch as Uint8Array)
    }
  }

  version(account: Account, name: string): number {
    return this.#of(`${account.number}/${name}`).length
  }

  /** Adds a patch. Returns false when it is not based on the newest version. */
  append(account: Account, name: string, basedOn: number, patch: Uint8Array): boolean {
    const key = `${account.number}/${name}`
    const patches = this.#of(key)
    if (basedOn !== patches.length) return false
    patches.push(patch)
    this.#state.put("app-state", `${key}/${String(patches.length).padStart(8, "0")}`, patch)
    return true
  }

  /** The patches after a version. */
  after(account: Account, name: string, version: number): Uint8Array[] {
    return this.#of(`${account.number}/${name}`).slice(version)
  }

  #of(key: string): Uint8Array[] {
    const patches = this.#patches.get(key) ?? []
    this.#patches.set(key, patches)
    return patches
  }
}

function patchesNode(collections: Collections, account: Account, requested: BinaryNode): BinaryNode {
  const { name = "", version = "0" } = requested.attrs
  const patches = collections.after(account, name, Number(version)).map((patch) => element("patch", {}, patch))
  const content = patches.length === 0 ? [] : [element("patches", {}, patches)]
  return element("collection", { name, version, has_more_patches: "false" }, content)
}

function notifyOtherCompanions(
  { accounts, delivery }: AppStateParts,
  collections: Collections,
  author: Device,
  name: string
): void {
  const version = String(collections.version(author.account, name))
  for (const device of accounts.companions(author.account)) {
    if (device === author) continue
    const attrs = { from: pnJid(author.account), type: "server_sync", id: serverStanzaId(), t: unixSeconds() }
    delivery.deliver(device, element("notification", attrs, [element("collection", { name, version })]))
  }
}
