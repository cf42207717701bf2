/**
 * The posts of channels. An administrator sends `<message to type><plaintext>`; the server numbers the post (`server_id`, also
 * in the ack: whatsmeow send.go) and gives it to every device of every follower, the sending one aside. An edit (`edit` 1 or
 * 3) and a deletion (7 or 8) are handed on as they came, with the number of the post that they are about.
 * A follower reacts with `<message type=reaction server_id><reaction code>` (newsletter.js newsletterReactMessage) and says what
 * it has seen with a receipt: `view` with the numbers, as phones do, or `read` with the ids, as Baileys' readMessages does.
 * Who has asked for live updates is told of both for five minutes: `<live_updates>`, which whatsmeow reads, and beside it
 * `<reaction>` or `<view>`, which Baileys raises (messages-recv.js handleNewsletterNotification).
 */
import { type BinaryNode, proto } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import { type Channel, type ChannelPost, type Channels, mayManage, roleOf } from "../state/channels.ts"
import { type Device, deviceKey } from "../state/device.ts"
import { child, children, element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import { countNodes } from "./channel-stanzas.ts"
import type { Delivery } from "./delivery.ts"

const FORBIDDEN = "403"
const NOT_FOUND = "404"
/** The emojis that every reaction setting but "NONE" allows. */
const BASIC_REACTIONS = new Set(["👍", "❤️", "❤", "😂", "😮", "😢", "🙏"])

/** Seconds after which a client has to ask for live updates again. */
export const LIVE_SECONDS = 300

/** Routes every post, reaction and view of the network's channels. */
export class ChannelPosts {
  readonly #accounts: Accounts
  readonly #channels: Channels
  readonly #delivery: Delivery
  /** Until when a device is told of counts, by channel and device. */
  readonly #live = new Map<string, number>()

  constructor(accounts: Accounts, channels: Channels, delivery: Delivery) {
    this.#accounts = accounts
    this.#channels = channels
    this.#delivery = delivery
  }

  /** Why the server does not take this message to a channel; undefined when it does. */
  refusal(from: Device, stanza: BinaryNode): string | undefined {
    const channel = this.#channels.get(stanza.attrs["to"])
    if (channel === undefined) return NOT_FOUND
    if (stanza.attrs["type"] === "reaction") return this.#reactionRefusal(from, channel, stanza)
    if (!mayManage(channel, from.account)) return FORBIDDEN
    return isAbout(stanza) && targetOf(channel, stanza) === undefined ? NOT_FOUND : undefined
  }

  /** Takes a message to a channel that was not refused. */
  accept(from: Device, stanza: BinaryNode): void {
    const channel = this.#channels.get(stanza.attrs["to"])
    if (channel === undefined) return
    if (stanza.attrs["type"] === "reaction") this.#react(from, channel, stanza)
    else if (isAbout(stanza)) this.#change(from, channel, stanza)
    else this.#post(from, channel, stanza)
  }

  /** For the ack of a message to a channel: the number of the post. */
  serverId({ attrs: { to, id, type } }: BinaryNode): string | undefined {
    if (type === "reaction") return undefined
    const post = this.#channels.get(to)?.posts.find((each) => each.id === id)
    return post === undefined ? undefined : String(post.serverId)
  }

  /** An account has seen posts. */
  view(from: Device, receipt: BinaryNode): void {
    const channel = this.#channels.get(receipt.attrs["to"])
    if (channel === undefined || !["view", "read"].includes(receipt.attrs["type"] ?? "")) return
    const items = children(child(receipt, "list"), "item")
    const ids = new Set([receipt.attrs["id"], ...items.map(({ attrs }) => attrs["id"] ?? attrs["server_id"])])
    const seen = channel.posts.filter(({ id, serverId }) => ids.has(id) || ids.has(String(serverId)))
    for (const post of seen) {
      post.viewers.add(from.account.number)
      const count = Buffer.from(String(post.viewers.size))
      this.#tellLive(channel, post, element("view", { message_id: String(post.serverId) }, count))
    }
    this.#channels.save(channel)
  }

  /** The device is told of reactions and views for five minutes. */
  subscribe(device: Device, channel: Channel): void {
    this.#live.set(`${channel.id} ${deviceKey(device)}`, Date.now() + LIVE_SECONDS * 1000)
  }

  #reactionRefusal(from: Device, channel: Channel, stanza: BinaryNode): string | undefined {
    const code = child(stanza, "reaction")?.attrs["code"]
    if (roleOf(channel, from.account) === "guest") return FORBIDDEN
    if (reactedTo(channel, stanza) === undefined) return NOT_FOUND
    if (code === undefined || channel.reactions === "ALL") return undefined
    return channel.reactions === "BASIC" && BASIC_REACTIONS.has(code) ? undefined : FORBIDDEN
  }

  #post(from: Device, channel: Channel, stanza: BinaryNode): void {
    const { id = "", type = "text" } = stanza.attrs
    const post: ChannelPost = {
      id,
      serverId: channel.nextServerId++,
      type,
      at: Number(unixSeconds()),
      author: from.account.number,
      content: plaintextOf(stanza),
      reactions: new Map(),
      viewers: new Set()
    }
    this.#channels.addPost(channel, post)
    this.#distribute(from, channel, post, stanza)
  }

  #change(from: Device, channel: Channel, stanza: BinaryNode): void {
    const post = targetOf(channel, stanza)
    if (post === undefined) return
    post.content = isDeletion(stanza) ? undefined : (editedContent(stanza) ?? plaintextOf(stanza))
    this.#channels.save(channel)
    this.#distribute(from, channel, post, stanza)
  }

  #react(from: Device, channel: Channel, stanza: BinaryNode): void {
    const post = reactedTo(channel, stanza)
    const code = child(stanza, "reaction")?.attrs["code"]
    if (post === undefined) return
    if (code === undefined) post.reactions.delete(from.account.number)
    else post.reactions.set(from.account.number, code)
    this.#channels.save(channel)
    const reaction = element("reaction", {}, Buffer.from(code ?? ""))
    this.#tellLive(channel, post, element("reaction", { message_id: String(post.serverId) }, [reaction]))
  }

  #distribute(from: Device, channel: Channel, post: ChannelPost, stanza: BinaryNode): void {
    const { id, type, edit } = stanza.attrs
    const edited = { msg_edit_t: String(Date.now()), original_msg_t: String(post.at) }
    const meta = edit === undefined ? [] : [element("meta", edited)]
    const content = [...meta, ...children(stanza, "plaintext")]
    for (const follower of this.#followers(channel)) {
      const is_sender = follower === from.account ? "true" : undefined
      const attrs = { id, from: channel.id, type, edit, server_id: String(post.serverId), is_sender, t: unixSeconds() }
      for (const device of this.#accounts.devices(follower))
        if (device !== from) this.#delivery.deliver(device, element("message", attrs, content))
    }
  }

  #tellLive(channel: Channel, post: ChannelPost, change: BinaryNode): void {
    const counts = element("message", { server_id: String(post.serverId) }, countNodes(post))
    const messages = element("messages", { jid: channel.id, t: unixSeconds() }, [counts])
    for (const follower of this.#accounts.all())
      for (const device of this.#accounts.companions(follower)) {
        if ((this.#live.get(`${channel.id} ${deviceKey(device)}`) ?? 0) < Date.now()) continue
        const attrs = { from: channel.id, type: "newsletter", id: serverStanzaId(), t: unixSeconds() }
        const content = [element("live_updates", {}, [messages]), change]
        this.#delivery.deliverNow(device, element("notification", attrs, content))
      }
  }

  #followers(channel: Channel): Account[] {
    return [...channel.followers.keys()].flatMap((number) => this.#accounts.find(number) ?? [])
  }
}

/** Whether a message changes an earlier post. */
function isAbout({ attrs: { edit } }: BinaryNode): boolean {
  return edit !== undefined && edit !== "2"
}

function isDeletion({ attrs: { edit } }: BinaryNode): boolean {
  return edit === "7" || edit === "8"
}

/** The post that an edit or a deletion is about: that which its content names, or that whose id it repeats (whatsmeow). */
function targetOf(channel: Channel, stanza: BinaryNode): ChannelPost | undefined {
  const named = protocolOf(stanza)?.key?.id ?? stanza.attrs["id"]
  return channel.posts.find(({ id }) => id === named)
}

function reactedTo(channel: Channel, { attrs: { server_id: serverId } }: BinaryNode): ChannelPost | undefined {
  return channel.posts.find((post) => String(post.serverId) === serverId && post.content !== undefined)
}

function protocolOf(stanza: BinaryNode): proto.Message.IProtocolMessage | null | undefined {
  const content = plaintextOf(stanza)
  return content === undefined ? undefined : proto.Message.decode(content).protocolMessage
}

function editedContent(stanza: BinaryNode): Uint8Array | undefined {
  const edited = protocolOf(stanza)?.editedMessage
  return edited ? proto.Message.encode(edited).finish() : undefined
}

function plaintextOf(stanza: BinaryNode): Uint8Array | undefined {
  const content = child(stanza, "plaintext")?.content
  return content instanceof Uint8Array && content.length > 0 ? content : undefined
}
