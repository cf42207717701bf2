/**
 * Changes of the account's app state: what its devices share, such as saved contacts, archived chats and the account's name.
 *
 * WhatsApp refuses a change that is not based on the newest state, inside an answer that is no error otherwise. Baileys 7.0.0-rc14 does not
 * read that: it would keep the change as made, and could read nothing that comes after it. So the state from before is put back, and the
 * change is made once more on the newest one.
 */
import {
  type BinaryNode,
  type ChatModification,
  chatModificationToAppPatch,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  newLTHashState,
  type WAPatchCreate,
  type WASocket
} from "@whiskeysockets/baileys"
import type { OperationName } from "../../operations/catalog.ts"
import { OperationRefused, OperationUnfit } from "../../operations/failures.ts"

const CONFLICT = 409
const ATTEMPTS = 3
/** The end of the change before, for each socket. */
const lanes = new WeakMap<WASocket, Promise<unknown>>()

/** Resolves when WhatsApp has taken it. Rejects with OperationRefused when it refused it. */
export const changeAppState = (
  socket: WASocket,
  operation: OperationName,
  modification: ChatModification,
  jid: string
): Promise<void> => {
  if (!socket.authState.creds.myAppStateKeyId) return Promise.reject(keyless())
  const change = async () => {
    const patch = chatModificationToAppPatch(modification, jid)
    for (let attempt = 1; ; attempt++) {
      const code = await patched(socket, patch)
      if (code === undefined) return
      if (code !== CONFLICT || attempt === ATTEMPTS) {
        throw new OperationRefused({ operation, whatsappCode: code, reason: "another device changed the same" })
      }
    }
  }
  const turn = (lanes.get(socket) ?? Promise.resolve()).then(change, change)
  lanes.set(socket, turn)
  return turn
}

const keyless = () =>
  new OperationUnfit({ field: "device", reason: "has no key to the chats yet: its phone shares it after pairing" })

/** The code with which WhatsApp refused it, if it did. */
const patched = async (socket: WASocket, patch: WAPatchCreate): Promise<number | undefined> => {
  const { keys } = socket.authState
  const { [patch.type]: before = newLTHashState() } = await keys.get("app-state-sync-version", [patch.type])
  let code: number | undefined
  const read = (node: BinaryNode): void => {
    const sync = getBinaryNodeChild(node, "sync")
    const refused = getBinaryNodeChildren(sync, "collection").find(
      ({ attrs }) => attrs.name === patch.type && attrs.type === "error"
    )
    if (refused) code = Number(getBinaryNodeChild(refused, "error")?.attrs.code ?? CONFLICT)
  }
  socket.ws.on("CB:iq,,sync", read)
  try {
    await socket.appPatch(patch)
  } finally {
    socket.ws.off("CB:iq,,sync", read)
  }
  if (code !== undefined) await keys.set({ "app-state-sync-version": { [patch.type]: before } })
  return code
}
