/**
 * What WhatsApp says of contacts, chats, groups, labels and calls, and who is online: the part of the port (whatsapp.ts) that the
 * device's roster is made of.
 *
 * A change says what WhatsApp said, also where it is known already: the device's actor records what is new.
 */
import type { CallOutcome } from "../events/call.ts"
import type { ChatCleared, ChatNews } from "../events/chat.ts"
import type { ContactNews, PersonName } from "../events/contact.ts"
import type { GroupJoinRequested, GroupMembersChanged, GroupNews } from "../events/group.ts"
import type { LabelAssigned, LabelEdited } from "../events/label.ts"
import type { MessageHidden, MessageStarred } from "../events/mark.ts"

/**
 * `changed`: it just happened. `listed`: it is so now. `history`: it was so when the phone wrote its history, which may have been long
 * ago: it only adds to what is known.
 */
export type Told = "changed" | "listed" | "history"

export type ChatChange = ChatNews & {
  /** The owner read everything that was there. */
  readonly isRead?: boolean
}

export type RosterChange =
  | { readonly type: "contact"; readonly contact: ContactNews }
  | { readonly type: "chat"; readonly chat: ChatChange }
  /** The owner deleted the chat, with everything that was in it then. */
  | { readonly type: "chat_deleted"; readonly chat: string; readonly chatAlt: string | null }
  /** The owner deleted the messages of the chat up to this time, and kept the chat. */
  | ({ readonly type: "chat_cleared" } & typeof ChatCleared.data.Type)
  /** The owner gave a message a star, or took it back. */
  | ({ readonly type: "starred" } & typeof MessageStarred.data.Type)
  /** The owner deleted a message for the account alone. */
  | ({ readonly type: "hidden" } & typeof MessageHidden.data.Type)
  /** `members`: all of them. `author`: who changed it; null where that is not said. */
  | { readonly type: "group"; readonly group: GroupNews; readonly author: PersonName | null }
  | ({ readonly type: "members" } & typeof GroupMembersChanged.data.Type)
  | ({ readonly type: "join_request" } & typeof GroupJoinRequested.data.Type)
  /** The account is a member of these groups, and of no others. */
  | { readonly type: "groups"; readonly groups: readonly string[] }
  /** The owner has blocked these people, and no others. */
  | { readonly type: "blocked"; readonly people: readonly PersonName[] }
  | ({ readonly type: "label" } & typeof LabelEdited.data.Type)
  | ({ readonly type: "labelled" } & typeof LabelAssigned.data.Type)
  | {
      readonly type: "call"
      readonly callId: string
      readonly from: PersonName
      readonly group: string | null
      readonly isVideo: boolean
      readonly at: number
      readonly offline: boolean
    }
  | {
      readonly type: "call_over"
      readonly callId: string
      readonly from: PersonName
      readonly outcome: CallOutcome
      readonly at: number
    }

export type Presence = "available" | "unavailable" | "composing" | "recording"

/** What a person does now, in a chat: never recorded. */
export interface PresenceSeen {
  readonly chat: string
  readonly chatAlt: string | null
  readonly person: PersonName
  readonly presence: Presence
  /** Epoch milliseconds; null where the person hides it. */
  readonly lastSeen: number | null
}
