/**
 * Posts of channels: read from WhatsApp, which keeps them, and changed by their number in the channel (`server_id`). Posts are not
 * encrypted. The queries are whatsmeow's (newsletter.go GetNewsletterMessages, send.go sendNewsletter).
 */
import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  proto,
  S_WHATSAPP_NET,
  type WAMessageKey,
  type WASocket
} from "@whiskeysockets/baileys"
import { newMessageId } from "../../message-id.ts"
import type { ChannelMessage } from "../../operations/channels.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import { boundedName } from "../jid.ts"
import { translateSaid } from "../receiving/content/said.ts"
import { unwrap } from "../receiving/content/unwrap.ts"
import { numberOf } from "../queries/graphql.ts"
import type { OperationContext } from "./handler.ts"
import { acknowledged, timeOf } from "./relay.ts"

type Post = typeof ChannelMessage.Type

const PAGE_MAX = 100

/** The newest posts before a number, the newest first; without those that were deleted. */
export const readPosts = async (
  socket: WASocket,
  channel: string,
  limit: number,
  before: number | undefined
): Promise<readonly Post[]> => {
  const nodes = await postNodes(socket, channel, limit, before)
  return nodes.flatMap((node) => postOf(node) ?? []).toSorted((one, other) => other.serverId - one.serverId)
}

export interface PostChange {
  readonly operation: string
  readonly to: string
  readonly key: WAMessageKey
  /** The post as it is from now on; empty: it is deleted. */
  readonly post: proto.IMessage
  /** The same as the log records it. */
  readonly deed: proto.IMessage
}

/** Edits or deletes a post: its stanza repeats the post's id. */
export const changePost = async (context: OperationContext, change: PostChange): Promise<void> => {
  const { socket } = context
  const { operation, to, key, post, deed } = change
  const id = key.id ?? ""
  const edit = Object.keys(post).length === 0 ? DELETION : EDIT
  const ack = await acknowledged(socket, operation, id, async () => {
    await socket.relayMessage(to, post, { messageId: id, additionalAttributes: { edit } })
  })
  await context.did({ key: deedKey(to), message: deed, sentAt: timeOf(ack) })
}

/** An administrator's (whatsmeow's EditAttribute). */
const EDIT = "3"
const DELETION = "8"

export const reactToPost = async (
  context: OperationContext,
  to: string,
  key: WAMessageKey,
  reactionMessage: proto.Message.IReactionMessage
): Promise<void> => {
  const { socket } = context
  const serverId = await serverIdOf(socket, to, key.id ?? "")
  const id = newMessageId()
  const code = reactionMessage.text ?? ""
  const ack = await acknowledged(socket, "message.react", id, () =>
    socket.sendNode({
      tag: "message",
      attrs: { to, id, type: "reaction", server_id: String(serverId), ...(code === "" ? { edit: "7" } : {}) },
      content: [{ tag: "reaction", attrs: code === "" ? {} : { code } }]
    })
  )
  await context.did({ key: deedKey(to), message: { reactionMessage }, sentAt: timeOf(ack) })
}

const deedKey = (channel: string): WAMessageKey => ({ remoteJid: channel, fromMe: true, id: newMessageId() })

/** Only WhatsApp knows the numbers of posts; it is asked for those of the newest. */
const serverIdOf = async (socket: WASocket, channel: string, messageId: string): Promise<number> => {
  const nodes = await postNodes(socket, channel, PAGE_MAX, undefined)
  const number = nodes.filter(({ attrs }) => boundedName(attrs.id ?? "") === messageId).map(serverId)[0]
  if (number !== undefined) return number
  throw new OperationUnfit({ field: "message", reason: `is not among the newest ${PAGE_MAX} posts of the channel` })
}

const postNodes = async (socket: WASocket, jid: string, limit: number, before: number | undefined) => {
  const attrs = { type: "jid", jid, count: String(limit), ...(before === undefined ? {} : { before: String(before) }) }
  const answer: unknown = await socket.query({
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "newsletter", id: socket.generateMessageTag() },
    content: [{ tag: "messages", attrs }]
  })
  return getBinaryNodeChildren(getBinaryNodeChild(answer as BinaryNode, "messages"), "message")
}

const serverId = ({ attrs }: BinaryNode): number => numberOf(attrs.server_id) ?? 0

const postOf = (node: BinaryNode): Post | undefined => {
  const said = saidIn(getBinaryNodeChild(node, "plaintext")?.content)
  if (said === undefined || !node.attrs.id) return undefined
  const reactions = getBinaryNodeChildren(getBinaryNodeChild(node, "reactions"), "reaction").flatMap(({ attrs }) =>
    attrs.code ? [{ emoji: attrs.code, count: numberOf(attrs.count) ?? 0 }] : []
  )
  return {
    messageId: boundedName(node.attrs.id),
    serverId: serverId(node),
    sentAt: (numberOf(node.attrs.t) ?? 0) * 1_000,
    views: numberOf(getBinaryNodeChild(node, "views_count")?.attrs.count ?? null),
    reactions,
    content: said.content
  }
}

const saidIn = (bytes: BinaryNode["content"]) => {
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) return undefined
  try {
    return translateSaid(unwrap(proto.Message.decode(bytes)))
  } catch {
    return undefined
  }
}
