/**
 * Hears what Baileys says of contacts, chats, groups, labels, the block list, and of stars and own deletions of messages.
 *
 * It is taken where Baileys emits it, before Baileys' own buffer. That buffer puts together what comes close together, and in doing so
 * drops some of it: of two changes of a group only one is left, and changes that depend on a part of the history stay in it for ever.
 */
import {
  areJidsSameUser,
  type BaileysEventMap,
  type BinaryNode,
  type BufferedEventData,
  isJidGroup,
  type WASocket
} from "@whiskeysockets/baileys"
import { LRUCache } from "lru-cache"
import type { RosterChange } from "../../roster.ts"
import { selfOf } from "../jid.ts"
import { chatIn, personIn } from "../names/people.ts"
import { secondsAt } from "./amounts.ts"
import { announcedOfGroup } from "./group-announcements.ts"
import type { RosterFeed } from "./roster-feed.ts"
import * as translate from "./translate-roster.ts"

export interface HearRosterOptions {
  readonly socket: WASocket
  readonly feed: RosterFeed
  /** Seconds: when the last message of others in this chat was, as the history said. */
  readonly lastReceived: (chat: string) => number | undefined
  /** Whether the app state of deleted chats was read from its beginning: it then tells of chats that exist again. */
  readonly isOldDeletion: () => boolean
}

type Takes = { readonly [Name in keyof BaileysEventMap]?: (given: BaileysEventMap[Name]) => void }

/** The same about the same chat or contact is told once: Baileys says with every message that its chat is not archived. */
const REMEMBERED_MAX = 200

export const hearRoster = ({ socket, feed, lastReceived, isOldDeletion }: HearRosterOptions): void => {
  const told = new LRUCache<string, string>({ max: REMEMBERED_MAX })
  const addNew = (about: string, changes: readonly RosterChange[]): void => {
    const text = JSON.stringify(changes)
    if (changes.length === 0 || told.get(about) === text) return
    told.set(about, text)
    feed.add(changes)
  }
  const isSelf = (jid: string) => Object.values(selfOf(socket)).some((own) => areJidsSameUser(own, jid))
  const takes: Takes = {
    "contacts.upsert": (contacts) => feed.add(contacts.flatMap(translate.savedContact)),
    "contacts.update": (contacts) => {
      for (const contact of contacts) addNew(`contact|${contact.id}`, translate.businessName(contact))
    },
    "chats.upsert": (chats) => feed.add(chats.flatMap(translate.newChat)),
    "chats.update": (updates) => {
      for (const update of updates) {
        if (update.conditional?.(history(lastReceived)) === false) continue
        const about = `chat|${update.id}`
        if (!translate.isOfMessage(update)) told.delete(about)
        addNew(about, translate.changedChat(update))
      }
    },
    "chats.delete": (ids) => {
      if (!isOldDeletion()) feed.add(ids.map(translate.deletedChat))
    },
    // Raised for deletions in the app state alone.
    "messages.delete": (deleted) => feed.add(translate.hiddenMessages(deleted)),
    "chats.lock": (chat) => feed.add([translate.lockedChat(chat)]),
    "groups.upsert": (groups) => feed.add(groups.map(translate.wholeGroup)),
    "groups.update": (updates) => {
      for (const update of updates) {
        feed.add(translate.changedGroup(update), update.participants === undefined ? "changed" : "listed")
      }
    },
    "group-participants.update": (update) => feed.add(translate.changedMembers(update, isSelf)),
    "group.join-request": (request) => feed.add(translate.joinRequest(request)),
    "labels.edit": (label) => feed.add([translate.editedLabel(label)]),
    "labels.association": (association) => feed.add([translate.assignedLabel(association)]),
    "blocklist.update": (update) => feed.add(translate.blockedPeople(update))
  }
  const emit = socket.ev.emit.bind(socket.ev)
  socket.ev.emit = (name, given) => {
    if (name === "messages.update") {
      const updates = given as BaileysEventMap["messages.update"]
      feed.add(updates.flatMap(translate.starredMessage))
      return emit(name, given)
    }
    const take = takes[name] as ((given: unknown) => void) | undefined
    if (take === undefined) return emit(name, given)
    take(given)
    return true
  }
  // Not for Baileys alone, which adds the pair to its table.
  socket.ev.on("lid-mapping.update", ({ lid, pn }) => {
    const person = personIn(lid, pn)
    if (person) feed.add([{ type: "contact", contact: person }])
  })
  socket.ws.on("CB:notification,type:w:gp2", (notification: BinaryNode) => feed.add(announcedOfGroup(notification)))
  socket.ws.on("CB:receipt", (receipt: BinaryNode) => feed.add(readByOwner(receipt, isSelf)))
}

/** What Baileys' buffer would have of the history, as far as its conditions look. */
const history = (lastReceived: HearRosterOptions["lastReceived"]): BufferedEventData => {
  const chats = new Proxy({}, { get: (_none, chat) => ({ lastMessageRecvTimestamp: lastReceived(String(chat)) }) })
  return { historySets: { chats }, chatUpserts: {} } as unknown as BufferedEventData
}

/** The owner read a chat on the phone or on another linked device. */
const readByOwner = ({ attrs }: BinaryNode, isSelf: (jid: string) => boolean): readonly RosterChange[] => {
  const { type, from = "", participant, recipient, t } = attrs
  const chat = isJidGroup(from) ? from : recipient
  if ((type !== "read" && type !== "read-self") || chat === undefined || !isSelf(participant ?? from)) return []
  const at = secondsAt(Number(t)) ?? Date.now()
  return [{ type: "chat", chat: { ...chatIn(chat), unread: { count: 0, at } } }]
}
