/**
 * App state: chats archived, contacts named, messages starred… as encrypted patches in collections, which the server
 * keeps and hands on without being able to read them. There are never snapshots: a new companion gets every patch.
 * A patch must be based on the newest version, else 409 (chats.js appPatch, resyncAppState).
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { pnJid } from "../state/jid.ts"
import type { Delivery } from "../routing/delivery.ts"
import { child, children, element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { State } from "../state/store.ts"
import type { Account, Device, World } from "../state/accounts.ts"
import type { IqRegistry } from "./registry.ts"

/** What app state works with. */
export interface AppStateParts {
  readonly world: World
  readonly delivery: Delivery
  readonly state: State
}

/** Registers who answers w:sync:app:state. */
export function registerAppState(registry: IqRegistry, parts: AppStateParts): void {
  const collections = new Collections(parts.state)
  registry.on("w:sync:app:state", ({ device, first, answer }) => {
    const changed: string[] = []
    const results = children(first, "collection").map((asked) => {
      const { name = "" } = asked.attrs
      const patch = child(asked, "patch")?.content
      if (!(patch instanceof Uint8Array)) return patchesNode(collections, device.account, asked)
      if (!collections.append(device.account, name, Number(asked.attrs["version"] ?? 0), patch))
        return element("collection", { name, type: "error" }, [element("error", { code: "409", text: "conflict" })])
      changed.push(name)
      return element("collection", { name, version: String(collections.version(device.account, name)) })
    })
    answer([element("sync", {}, results)])
    for (const name of changed) tellOthers(parts, collections, device, name)
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

  /** Adds a patch; false when it is not based on the newest version. */
  append(account: Account, name: string, basedOn: number, patch: Uint8Array): boolean {
    const key = `${account.number}/${name}`
    const patches = this.#of(key)
    if (basedOn !== patches.length) return false
    patches.push(patch)
    this.#state.put("app-state", `${key}/${String(patches.length).padStart(8, "0")}`, patch)
    return true
  }

  /** The patches that come after a version. */
  after(account: Account, name: string, version: number): Uint8Array[] {
    return this.#of(`${account.number}/${name}`).slice(version)
  }

  #of(key: string): Uint8Array[] {
    const patches = this.#patches.get(key) ?? []
    this.#patches.set(key, patches)
    return patches
  }
}

function patchesNode(collections: Collections, account: Account, asked: BinaryNode): BinaryNode {
  const { name = "", version = "0" } = asked.attrs
  const patches = collections.after(account, name, Number(version)).map((patch) => element("patch", {}, patch))
  const content = patches.length === 0 ? [] : [element("patches", {}, patches)]
  return element("collection", { name, version, has_more_patches: "false" }, content)
}

function tellOthers({ world, delivery }: AppStateParts, collections: Collections, author: Device, name: string): void {
  const version = String(collections.version(author.account, name))
  for (const device of world.devices(author.account)) {
    if (device === author || device.id === 0) continue
    const attrs = { from: pnJid(author.account), type: "server_sync", id: serverStanzaId(), t: unixSeconds() }
    delivery.deliver(device, element("notification", attrs, [element("collection", { name, version })]))
  }
}
