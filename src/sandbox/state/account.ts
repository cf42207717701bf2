/**
 * An account: one phone number on the network, with what the server and its phone remember about it. Only the shape is
 * here; accounts.ts keeps them.
 */
import type { Addressing, Identity } from "./jid.ts"
import type { BusinessProfile } from "./business-profile.ts"
import type { Picture } from "./picture.ts"
import type { Standing } from "./standing.ts"

/** A test links clients to a phone; clients write to a contact. Clients cannot tell the two apart. */
export type AccountKind = "phone" | "contact"

/** One message of the past, as a phone remembers it. */
export interface PastMessage {
  readonly id: string
  /** Number of the other side, or the jid of a group. */
  readonly with: string
  /** In a group: the number of the member who wrote it. */
  readonly author?: string
  /** What it says; in its place `proto` can be any message, as the JSON of WhatsApp's Message. */
  readonly text?: string
  readonly proto?: Readonly<Record<string, unknown>>
  /** Further fields of WhatsApp's WebMessageInfo, as JSON: reactions, votes, answers. */
  readonly info?: Readonly<Record<string, unknown>>
  readonly fromMe: boolean
  /** Unix seconds. */
  readonly at: number
}

/** A chat as a phone remembers it. Times are Unix seconds. */
export interface PastChat {
  /** Number of the other side, or the jid of a group. */
  readonly with: string
  readonly name?: string
  /** When its last message was; that of the newest in the history unless set. */
  readonly lastAt?: number
  readonly unread?: number
  readonly markedUnread?: boolean
  readonly archived?: boolean
  readonly pinnedAt?: number
  /** -1: for ever. */
  readonly mutedUntil?: number
}

/** A person whom a phone knows; need not be on the network. */
export interface PastPerson {
  readonly number: string
  /** The name under which the owner saved them. */
  readonly name?: string
  /** The name that they gave themselves. */
  readonly pushName?: string
}

/** Member of `Account.blocked` that blocks every sender. The word is in state folders, so it must not change. */
export const EVERY_SENDER = "everybody"

/** What survives of an account. Change a field, then call `Accounts.save`. */
export interface Account extends Omit<Identity, "lid"> {
  lid: string
  /** LIDs that it had before. The server still takes messages to them. Missing in older state folders. */
  formerLids?: readonly string[]
  readonly kind: AccountKind
  /** The name that other accounts see. */
  name: string
  about: string
  /** Which jid it writes to when a test gives it only a number. */
  addressing: Addressing
  /** The messages that its phone sends to companions as history. */
  history: readonly PastMessage[]
  /** What its phone hands over beside those messages: chats, and people. */
  chats?: readonly PastChat[]
  people?: readonly PastPerson[]
  /** Whether its phone is switched on. Companions do not depend on it. */
  online: boolean
  /** For whom its phone was first used, in the words of who used it; absent until they say. Missing in older state folders. */
  owner?: string
  /** Whether its companions do not reach the network either. Missing in older state folders. */
  airplane?: boolean
  /** Numbers from which it accepts no messages, or `EVERY_SENDER`. */
  readonly blocked: Set<string>
  /** Whether it refuses first messages that carry no privacy token (ack error 463). */
  restricted: boolean
  /** Whether the server keeps its number to itself: its messages carry the LID only. Missing in older state folders. */
  numberHidden?: boolean
  /** Whether messages carry the one of its two names that they are addressed by, and not the other. Missing in older state folders. */
  namedOnce?: boolean
  /** What its phone does when a companion asks it to upload a file again; absent: it does. */
  reuploads?: "upload" | "not_found" | "silence"
  /** What WhatsApp thinks of it; absent while that is nothing bad. */
  standing?: Standing
  /** Its profile picture. Missing in older state folders, as is everything about privacy and business below. */
  picture?: Picture | undefined
  /** Its privacy settings, by category; what is missing is `all`. */
  privacy?: Map<string, string>
  /** When the about text was set, in Unix seconds. */
  aboutAt?: number
  /** After how many seconds messages in its new chats disappear, and when that was set. */
  disappearing?: { readonly seconds: number; readonly at: number }
  /** What it shows as a business. */
  business?: BusinessProfile
  /** The app state key of the account. Its phone made it and shares it with each companion. */
  readonly appStateKey: { readonly id: Uint8Array; readonly data: Uint8Array }
  /** Keys of the devices that asked for its device list, with the addressing they asked by. A change is announced to them. */
  readonly watchers: Map<string, Set<Addressing>>
  /** The privacy tokens that it issued, by the number of the holder. */
  readonly tokensIssued: Map<string, Uint8Array>
  nextDeviceId: number
  nextKeyIndex: number
}
