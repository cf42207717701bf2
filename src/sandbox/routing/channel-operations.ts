/**
 * What an account may do to a channel, and who is told. Clients get here by GraphQL queries (iq/channels.ts), phones and
 * contacts directly (people/channel-member.ts). The server tells companions by a `<notification type="mex">`. Its JSON has
 * `data`, which whatsmeow reads (notification.go handleMexNotification), and for the two operations that Baileys raises also
 * `updates` (messages-recv.js handleLegacyMexNewsletterNotification).
 * Which refusals WhatsApp has is not known; 403 and 404 are our choice.
 */
import { randomBytes } from "node:crypto"
import { InvalidRequest } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import {
  type Channel,
  type Channels,
  type FollowerRole,
  mayManage,
  REACTION_SETTINGS,
  type ReactionSetting,
  roleOf
} from "../state/channels.ts"
import type { Device } from "../state/device.ts"
import { lidJid } from "../state/jid.ts"
import { element, SERVER, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import { channelWords, viewerWords } from "./channel-stanzas.ts"
import type { Delivery } from "./delivery.ts"

/** The account may not do this (403), there is no such channel or account (404), or the request is wrong (400). */
export class ChannelRefusal extends InvalidRequest {
  readonly code: 400 | 403 | 404

  constructor(code: ChannelRefusal["code"]) {
    super({ 400: "Bad Request", 403: "Forbidden", 404: "Not Found" }[code])
    this.code = code
  }
}

/** What an administrator changes. An empty picture removes the picture. */
export interface ChannelChanges {
  readonly name?: string
  readonly description?: string
  readonly picture?: Uint8Array
  readonly reactions?: ReactionSetting
}

/** The notices about another role: the operation, and the path of its data. */
const PROMOTED = ["NotificationNewsletterAdminPromote", "xwa2_notify_newsletter_admin_promote"] as const
const DEMOTED = ["NotificationNewsletterAdminDemote", "xwa2_notify_newsletter_admin_demote"] as const
const OWNED = ["NotificationNewsletterOwnerUpdate", "xwa2_notify_newsletter_owner_update"] as const

/** Each operation checks the account of the device, then changes the channel, then tells the companions, this device aside. */
export class ChannelOperations {
  readonly #accounts: Accounts
  readonly #channels: Channels
  readonly #delivery: Delivery

  constructor(accounts: Accounts, channels: Channels, delivery: Delivery) {
    this.#accounts = accounts
    this.#channels = channels
    this.#delivery = delivery
  }

  /** Creates a channel of which the account is the owner. */
  create(by: Device, name: string, description = ""): Channel {
    if (name === "") throw new ChannelRefusal(400)
    const channel: Channel = {
      id: `120363${String(randomBytes(6).readUIntBE(0, 6)).padStart(12, "0").slice(-12)}@newsletter`,
      invite: `0029Va${randomBytes(12).toString("base64url")}`,
      createdAt: Number(unixSeconds()),
      name: dated(name),
      description: dated(description),
      pictureId: undefined,
      reactions: "ALL",
      followers: new Map([[by.account.number, { role: "owner", muted: false }]]),
      posts: [],
      nextServerId: 100
    }
    this.#channels.save(channel)
    this.#tellOwn(by, "NotificationNewsletterJoin", {
      xwa2_notify_newsletter_on_join: channelWords(channel, by.account)
    })
    return channel
  }

  /** The channel with this jid or invite code. Every account may see it. */
  find(key: string | undefined, by: "jid" | "invite" = "jid"): Channel {
    const channel = by === "jid" ? this.#channels.get(key) : this.#channels.byInvite(key)
    if (channel === undefined) throw new ChannelRefusal(404)
    return channel
  }

  /** The channel, for one of its administrators. */
  forAdmin({ account }: Device, id: string | undefined): Channel {
    const channel = this.find(id)
    if (!mayManage(channel, account)) throw new ChannelRefusal(403)
    return channel
  }

  /** Changes name, description, picture or who may react with what. Followers are told. */
  update(by: Device, id: string | undefined, changes: ChannelChanges): Channel {
    const channel = this.forAdmin(by, id)
    const { name, description, picture, reactions } = changes
    if (name === "" || (reactions !== undefined && !REACTION_SETTINGS.includes(reactions)))
      throw new ChannelRefusal(400)
    if (name !== undefined) channel.name = dated(name)
    if (description !== undefined) channel.description = dated(description)
    if (picture !== undefined) channel.pictureId = picture.length === 0 ? undefined : String(microseconds())
    if (reactions !== undefined) channel.reactions = reactions
    this.#channels.save(channel)
    const settings = { name, description, reaction_codes: reactions }
    this.#tellFollowers(by, channel, "NotificationNewsletterUpdate", (follower) => ({
      data: { xwa2_notify_newsletter_on_metadata_update: channelWords(channel, follower) },
      updates: [{ jid: channel.id, settings }]
    }))
    return channel
  }

  /** The account follows the channel from now on. Its other companions are told. */
  follow(by: Device, id: string | undefined): Channel {
    const channel = this.find(id)
    if (channel.followers.has(by.account.number)) return channel
    channel.followers.set(by.account.number, { role: "subscriber", muted: false })
    this.#channels.save(channel)
    this.#tellOwn(by, "NotificationNewsletterJoin", {
      xwa2_notify_newsletter_on_join: channelWords(channel, by.account)
    })
    return channel
  }

  /** The account no longer follows the channel. Its owner cannot leave it. */
  unfollow(by: Device, id: string | undefined): Channel {
    const channel = this.find(id)
    if (roleOf(channel, by.account) === "owner") throw new ChannelRefusal(403)
    if (!channel.followers.delete(by.account.number)) return channel
    this.#channels.save(channel)
    const left = { id: channel.id, role: "GUEST" }
    this.#tellOwn(by, "NotificationNewsletterLeave", { xwa2_notify_newsletter_on_leave: left })
    return channel
  }

  /** Mutes the channel for the account, or no longer. */
  mute(by: Device, id: string | undefined, muted: boolean): Channel {
    const channel = this.find(id)
    const follower = channel.followers.get(by.account.number)
    if (follower === undefined) throw new ChannelRefusal(403)
    follower.muted = muted
    this.#channels.save(channel)
    const change = { id: channel.id, ...viewerWords(channel, by.account) }
    this.#tellOwn(by, "NotificationNewsletterUserSettingChange", { xwa2_notify_newsletter_on_mute_change: change })
    return channel
  }

  /**
   * Makes a follower an administrator. In WhatsApp the owner invites the follower, who accepts; Baileys has no query for either, so only
   * phones and contacts get here.
   */
  promote(by: Device, id: string | undefined, user: string): Channel {
    return this.#changeRole(this.#forOwner(by, id), user, { from: "subscriber", to: "admin" }, PROMOTED)
  }

  /** Makes an administrator a subscriber. The owner may do it, and the administrator itself. */
  demote(by: Device, id: string | undefined, user: string): Channel {
    const channel = this.#accounts.find(user) === by.account ? this.find(id) : this.#forOwner(by, id)
    return this.#changeRole(channel, user, { from: "admin", to: "subscriber" }, DEMOTED)
  }

  /** Makes an administrator the owner. Who was the owner is an administrator from then on. */
  changeOwner(by: Device, id: string | undefined, user: string): Channel {
    const channel = this.#changeRole(this.#forOwner(by, id), user, { from: "admin", to: "owner" }, OWNED)
    channel.followers.set(by.account.number, { role: "admin", muted: false })
    this.#channels.save(channel)
    return channel
  }

  /** Deletes a channel. Followers are told. */
  delete(by: Device, id: string | undefined): Channel {
    const channel = this.#forOwner(by, id)
    this.#channels.remove(channel)
    this.#tellFollowers(by, channel, "NotificationNewsletterStateChange", (follower) => {
      const change = { id: channel.id, is_requestor: follower === by.account, state: { type: "DELETED" } }
      return { data: { xwa2_notify_newsletter_on_state_change: change } }
    })
    return channel
  }

  #forOwner({ account }: Device, id: string | undefined): Channel {
    const channel = this.find(id)
    if (roleOf(channel, account) !== "owner") throw new ChannelRefusal(403)
    return channel
  }

  /** Changes the role of a follower who has the role `from`, and tells the follower and the administrators. */
  #changeRole(
    channel: Channel,
    user: string,
    role: { readonly from: FollowerRole; readonly to: FollowerRole },
    [operation, path]: readonly [operation: string, path: string]
  ): Channel {
    const account = this.#accounts.find(user)
    const follower = channel.followers.get(account?.number ?? "")
    if (account === undefined || follower?.role !== role.from) throw new ChannelRefusal(404)
    follower.role = role.to
    this.#channels.save(channel)
    const change = { id: channel.id, user: { id: lidJid(account) }, user_new_role: role.to.toUpperCase() }
    const words = { data: { [path]: change }, updates: [{ jid: channel.id, user: lidJid(account) }] }
    for (const member of this.#followers(channel)) {
      if (mayManage(channel, member) || member === account) this.#tell(member, operation, words)
    }
    return channel
  }

  #followers(channel: Channel): Account[] {
    return [...channel.followers.keys()].flatMap((number) => this.#accounts.find(number) ?? [])
  }

  /** Tells the other companions of the account. */
  #tellOwn(by: Device, operation: string, data: object): void {
    this.#tell(by.account, operation, { data }, by)
  }

  #tellFollowers(by: Device, channel: Channel, operation: string, words: (follower: Account) => object): void {
    for (const follower of this.#followers(channel)) this.#tell(follower, operation, words(follower), by)
  }

  #tell(account: Account, operation: string, words: object, except?: Device): void {
    const content = Buffer.from(JSON.stringify({ operation, ...words }))
    const update = element("update", { op_name: operation }, content)
    for (const companion of this.#accounts.companions(account)) {
      if (companion === except) continue
      const attrs = { from: SERVER, type: "mex", id: serverStanzaId(), t: unixSeconds() }
      this.#delivery.deliver(companion, element("notification", attrs, [update]))
    }
  }
}

function dated(text: string): Channel["name"] {
  return { text, at: microseconds() }
}

function microseconds(): number {
  return Date.now() * 1000
}
