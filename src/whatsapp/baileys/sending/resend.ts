/**
 * Sends a message again to a linked device that could not decrypt it: a contact's, or another one of the account.
 *
 * Baileys 7.0.0-rc14 answers the request of a linked device with a stanza that holds the ciphertext twice, once among `participants`.
 * WhatsApp refuses that stanza as malformed (479, Baileys#2781). It also lacks the contact's token, without which WhatsApp may refuse it
 * (463). Baileys' answers to phones and in groups are right.
 */
import {
  type BinaryNode,
  encodeSignedDeviceIdentity,
  jidDecode,
  type proto,
  type WASocket
} from "@whiskeysockets/baileys"
import { privacyToken } from "./privacy-token.ts"

/** Whether WhatsApp would refuse Baileys' own answer: the requester is a linked device, in a chat with one person. */
export const needsOwnResend = (chat: string, requester: string): boolean =>
  !chat.endsWith("@g.us") && !chat.endsWith("@broadcast") && (jidDecode(requester)?.device ?? 0) > 0

/**
 * `copyOf`: for a device of the account itself, the chat that the message is in. Waits until Baileys has repaired the session with that device, which it does while it
 * handles the same receipt.
 */
export const resendTo = (
  socket: WASocket,
  requester: string,
  messageId: string,
  message: proto.IMessage,
  copyOf?: string
): Promise<void> =>
  socket.receiptMutex.mutex(async () => {
    const given = copyOf === undefined ? message : { deviceSentMessage: { destinationJid: copyOf, message } }
    const { nodes, shouldIncludeDeviceIdentity } = await socket.createParticipantNodes([requester], given, {
      count: "1"
    })
    const ciphertext = contentOf(nodes[0])
    const { account } = socket.authState.creds
    const identity: BinaryNode[] =
      shouldIncludeDeviceIdentity && account
        ? [{ tag: "device-identity", attrs: {}, content: encodeSignedDeviceIdentity(account, true) }]
        : []
    const token = await privacyToken(socket, requester)
    const tokens: BinaryNode[] = token ? [{ tag: "tctoken", attrs: {}, content: token }] : []
    const type = message.conversation || message.extendedTextMessage ? "text" : "media"
    await socket.sendNode({
      tag: "message",
      attrs: {
        id: messageId,
        to: requester,
        type,
        device_fanout: "false",
        ...(copyOf === undefined ? {} : { recipient: copyOf })
      },
      content: [...ciphertext, ...identity, ...tokens]
    })
  })

/** `<to><enc/></to>` → `<enc/>`. */
const contentOf = (node: BinaryNode | undefined): readonly BinaryNode[] =>
  Array.isArray(node?.content) ? node.content : []
