/** Reading the roster of a device: what its account knows of contacts, chats, groups, labels and calls (events/contact.ts). */
import { Context, Effect, Layer } from "effect"
import { Database, type DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { type ChatsShape, makeChats } from "./chats.ts"
import { type ContactsShape, makeContacts } from "./contacts.ts"
import { type DeedsShape, makeDeeds } from "./deeds.ts"
import { type GroupsShape, makeGroups } from "./groups.ts"
import { type LabelsShape, makeLabels } from "./labels.ts"
import { type ChatMessagesShape, makeChatMessages } from "./messages.ts"

export interface RosterShape {
  readonly contacts: ContactsShape
  readonly chats: ChatsShape
  readonly messages: ChatMessagesShape
  readonly deeds: DeedsShape
  readonly groups: GroupsShape
  readonly labels: LabelsShape
  /** Whether this call, or its end, was recorded. */
  readonly knowsCall: (device: number, callId: string, isEnd: boolean) => Effect.Effect<boolean, StoreUnavailable>
}

export class Roster extends Context.Service<Roster, RosterShape>()("bitacora/store/Roster") {
  static readonly layer = Layer.effect(
    Roster,
    Effect.map(Database, (database) => Roster.of(makeRoster(database)))
  )
}

export const makeRoster = (database: DatabaseShape): RosterShape => ({
  contacts: makeContacts(database),
  chats: makeChats(database),
  messages: makeChatMessages(database),
  deeds: makeDeeds(database),
  groups: makeGroups(database),
  labels: makeLabels(database),
  knowsCall: (device, callId, isEnd) =>
    Effect.map(
      database.query((db) =>
        db
          .selectFrom("roster_call")
          .select("position")
          .where("device", "=", device)
          .where("call_id", "=", callId)
          .where("ended", "=", isEnd ? 1 : 0)
          .limit(1)
          .executeTakeFirst()
      ),
      (row) => row !== undefined
    )
})
