/**
 * Changes of the account's app state: what its devices share, such as saved contacts, archived chats and the account's name.
 *
 * Each change carries a code of the whole state after it; a phone that gets a wrong one unlinks the device that sent it. Baileys
 * 7.0.0-rc14 comes to wrong ones in two cases, which this file sets right:
 * - WhatsApp refuses a change that is not based on the newest state, inside an answer that is no error otherwise, and Baileys keeps the
 *   change as made. The state from before is put back, and the change is made again on the newest one.
 * - Baileys keeps what it has removed as still there, so that the next change of the same subtracts it a second time.
 */
import {
  type BinaryNode,
  type ChatModification,
  chatModificationToAppPatch,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  hkdf,
  hmacSign,
  newLTHashState,
  proto,
  type WAPatchCreate,
  type WASocket
} from "@whiskeysockets/baileys"
import type { OperationName } from "../../operations/catalog.ts"
import { OperationRefused, OperationUnfit } from "../../operations/failures.ts"

const { REMOVE } = proto.SyncdMutation.SyncdOperation
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
      if (code === undefined) return patch.operation === REMOVE ? forgetValue(socket, patch) : undefined
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

/** Takes a value that was removed out of the state that Baileys keeps. */
const forgetValue = async ({ authState }: WASocket, { type, index }: WAPatchCreate): Promise<void> => {
  const { creds, keys } = authState
  const keyId = creds.myAppStateKeyId ?? ""
  const { [keyId]: key } = await keys.get("app-state-sync-key", [keyId])
  const { [type]: state } = await keys.get("app-state-sync-version", [type])
  if (!key?.keyData || !state) return
  // As Baileys names values: by a code of their index.
  const indexKey = Buffer.from(hkdf(key.keyData, KEYS_BYTES, { info: "WhatsApp Mutation Keys" })).subarray(0, KEY_BYTES)
  const name = hmacSign(Buffer.from(JSON.stringify(index)), indexKey).toString("base64")
  const { [name]: _removed, ...indexValueMap } = state.indexValueMap
  await keys.set({ "app-state-sync-version": { [type]: { ...state, indexValueMap } } })
}

/** An app state key expands to five keys; the first is for indexes. */
const KEYS_BYTES = 160
const KEY_BYTES = 32
