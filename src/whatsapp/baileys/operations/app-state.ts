/**
 * Changes of the app state: what the devices of an account have in common of chats, messages and labels. Baileys raises what it changed
 * as if another device had, so the roster hears of it.
 *
 * WhatsApp refuses a change that is not based on the newest version, in a part of its answer that Baileys 7.0.0-rc14 does not look at:
 * it goes on as if the change was taken, and from then on has another state than the account. So the answer is read here; after a
 * refusal the state is read again from its beginning, and the change is made once more.
 */
import {
  type BinaryNode,
  type ChatModification,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket
} from "@whiskeysockets/baileys"
import { OperationUnfit } from "../../operations/failures.ts"
import type { OperationContext } from "./handler.ts"
import { refused } from "./refusals.ts"

/** Changes of one connection that follow each other, so that an answer belongs to one of them. */
const last = new WeakMap<WASocket, Promise<unknown>>()
const TRIES_MAX = 3

/** Rejects with OperationRefused when WhatsApp does not take it. */
export const modify = (
  { socket }: OperationContext,
  operation: string,
  change: ChatModification,
  jid: string
): Promise<void> => {
  const turn = (last.get(socket) ?? Promise.resolve()).then(() => make(socket, operation, change, jid))
  last.set(
    socket,
    turn.catch(() => undefined)
  )
  return turn
}

const make = async (socket: WASocket, operation: string, change: ChatModification, jid: string): Promise<void> => {
  if (!socket.authState.creds.myAppStateKeyId)
    throw new OperationUnfit({
      field: "device",
      reason: "has no key yet to the chats; its phone shares it after pairing"
    })
  for (let tries = 1; ; tries++) {
    const refusal = await refusalOf(socket, () => socket.chatModify(change, jid))
    if (refusal === undefined) return
    await forget(socket, refusal.collection)
    if (tries === TRIES_MAX) throw refused(operation, refusal.code)
  }
}

interface Refusal {
  readonly collection: string
  readonly code: number
}

/** What WhatsApp refused in an answer that came while it was done. */
const refusalOf = async ({ ws }: WASocket, work: () => Promise<void>): Promise<Refusal | undefined> => {
  let found: Refusal | undefined
  const hear = (answer: BinaryNode) => {
    for (const collection of getBinaryNodeChildren(getBinaryNodeChild(answer, "sync"), "collection")) {
      const { name = "", type } = collection.attrs
      const code = Number(getBinaryNodeChild(collection, "error")?.attrs.code)
      if (type === "error") found = { collection: name, code: Number.isInteger(code) ? code : CONFLICT }
    }
  }
  ws.on(ANSWER, hear)
  try {
    await work()
    return found
  } finally {
    ws.off(ANSWER, hear)
  }
}

const ANSWER = "CB:iq,,sync"
const CONFLICT = 409

/** The next change reads the collection from its beginning. */
const forget = async ({ authState }: WASocket, collection: string): Promise<void> => {
  await authState.keys.set({ "app-state-sync-version": { [collection]: null } })
}
