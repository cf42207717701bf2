/** Reading the roster of a device: what its account knows of contacts, chats, groups, labels and calls (events/contact.ts). */
import { Context, Effect, Layer } from "effect"
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { PersonName } from "../../events/contact.ts"
import { Database, type DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readPosition } from "../log/event-log-queries.ts"
import type { Tables } from "../tables.ts"
import { type ChatsShape, makeChats } from "./chats.ts"
import { type ContactsShape, makeContacts } from "./contacts.ts"
import { type DeedsShape, makeDeeds } from "./deeds.ts"
import { type GroupsShape, makeGroups } from "./groups.ts"
import { type LabelsShape, makeLabels } from "./labels.ts"
import { makeMarks, type MarksShape } from "./marks.ts"
import { type ChatMessagesShape, makeChatMessages } from "./messages.ts"
import { makeSearch, type SearchShape } from "./search.ts"

export interface RosterShape {
  readonly contacts: ContactsShape
  readonly chats: ChatsShape
  readonly messages: ChatMessagesShape
  readonly deeds: DeedsShape
  readonly groups: GroupsShape
  readonly labels: LabelsShape
  readonly marks: MarksShape
  readonly search: SearchShape
  /** Whether this call, or its end, was recorded. */
  readonly knowsCall: (device: number, callId: string, isEnd: boolean) => Effect.Effect<boolean, StoreUnavailable>
  /** Who called; undefined for a call that is not known. */
  readonly callerOf: (device: number, callId: string) => Effect.Effect<PersonName | undefined, StoreUnavailable>
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
  marks: makeMarks(database),
  search: makeSearch(database),
  knowsCall: (device, callId, isEnd) =>
    Effect.map(
      database.query((db) => callQuery(db, device, callId, isEnd).executeTakeFirst()),
      (row) => row !== undefined
    ),
  callerOf: (device, callId) =>
    database.query(async (db) => {
      const row = await callQuery(db, device, callId, false).executeTakeFirst()
      const recorded = row && (await readPosition(db, row.position))
      const event = recorded && readEvent(recorded)
      return event?.type === "call.received" ? event.data.from : undefined
    })
})

const callQuery = (db: Kysely<Tables>, device: number, callId: string, isEnd: boolean) =>
  db
    .selectFrom("roster_call")
    .select("position")
    .where("device", "=", device)
    .where("call_id", "=", callId)
    .where("ended", "=", isEnd ? 1 : 0)
    .limit(1)
