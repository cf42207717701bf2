/**
 * App state for clients (xmlns w:sync:app:state). This network makes no snapshots, so a new companion gets every patch, a number of
 * them in each answer. The server refuses a patch that is not based on the newest version with 409, and adds the patches that its author
 * lacks (chats.js appPatch, resyncAppState; whatsmeow SendAppState). The refusal is about the collection, and Baileys does not read it.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { AppStateRouter } from "../routing/app-state.ts"
import type { AppStates } from "../state/app-state.ts"
import type { Account } from "../state/account.ts"
import { child, children, element } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

/** Patches in one answer. */
const PATCHES_MAX = 20

/** Registers the handler of w:sync:app:state. */
export function registerAppState(registry: IqRegistry, { appState }: { readonly appState: AppStateRouter }): void {
  const { states } = appState
  registry.on("w:sync:app:state", async ({ device, first, answer }) => {
    const changed: string[] = []
    if (children(first, "collection").some((requested) => child(requested, "patch"))) await appState.arrived(device)
    const results = children(first, "collection").map((requested) => {
      const { name = "" } = requested.attrs
      const patch = child(requested, "patch")?.content
      if (!(patch instanceof Uint8Array)) return patchesNode(states, device.account, requested)
      if (!appState.append(device, name, Number(requested.attrs["version"] ?? 0), patch))
        return conflictNode(patchesNode(states, device.account, requested))
      changed.push(name)
      return element("collection", { name, version: String(states.version(device.account, name)) })
    })
    answer([element("sync", {}, results)])
    for (const name of changed) appState.notify(device, name)
    return true
  })
}

function conflictNode({ attrs, content }: BinaryNode): BinaryNode {
  const error = element("error", { code: "409", text: "conflict" })
  return element("collection", { ...attrs, type: "error" }, [error, ...(content as BinaryNode[])])
}

function patchesNode(states: AppStates, account: Account, requested: BinaryNode): BinaryNode {
  const { name = "", version = "0" } = requested.attrs
  const patches = states.after(account, name, Number(version), PATCHES_MAX)
  const hasMore = Number(version) + patches.length < states.version(account, name)
  const nodes = patches.map((patch) => element("patch", {}, patch))
  const content = nodes.length === 0 ? [] : [element("patches", {}, nodes)]
  return element("collection", { name, version, has_more_patches: String(hasMore) }, content)
}
