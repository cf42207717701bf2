/**
 * Sends a message again to a linked device of a contact that could not decrypt it.
 *
 * Baileys 7.0.0-rc14 answers such a request with a stanza that holds the ciphertext twice, once among `participants`, which
 * WhatsApp refuses with 479 (Baileys#2781). For phones and groups its answer is right, and it is left to give it.
 */
import {
  type BinaryNode,
  encodeSignedDeviceIdentity,
  jidDecode,
  type proto,
  type WASocket
} from "@whiskeysockets/baileys"

/** Whether Baileys' own answer would be refused: a linked device, in a chat with one contact. */
export const needsOwnResend = (chat: string, requester: string): boolean =>
  !chat.endsWith("@g.us") && !chat.endsWith("@broadcast") && (jidDecode(requester)?.device ?? 0) > 0

/** After Baileys has put the session with that device in order: it does that while it handles the same receipt. */
export const resendTo = (
  socket: WASocket,
  requester: string,
  messageId: string,
  message: proto.IMessage
): Promise<void> =>
  socket.receiptMutex.mutex(async () => {
    const { nodes, shouldIncludeDeviceIdentity } = await socket.createParticipantNodes([requester], message, {
      count: "1"
    })
    const ciphertext = contentOf(nodes[0])
    const { account } = socket.authState.creds
    const identity: BinaryNode[] =
      shouldIncludeDeviceIdentity && account
        ? [{ tag: "device-identity", attrs: {}, content: encodeSignedDeviceIdentity(account, true) }]
        : []
    const type = message.conversation || message.extendedTextMessage ? "text" : "media"
    await socket.sendNode({
      tag: "message",
      attrs: { id: messageId, to: requester, type, device_fanout: "false" },
      content: [...ciphertext, ...identity]
    })
  })

/** `<to><enc/></to>` → `<enc/>`. */
const contentOf = (node: BinaryNode | undefined): readonly BinaryNode[] =>
  Array.isArray(node?.content) ? node.content : []
