/** The last messages of chats in full, for clients whose lists show more of them than a beginning. */
import { Effect } from "effect"
import type { ChatMessage } from "../store/roster/chats.ts"
import { Roster } from "../store/roster/roster.ts"
import { type ChatView, type MessageView, viewMessages } from "./chats.ts"

/** By the keys of their chats. The same messages as `lastMessage` of each chat. */
export const lastMessages = (deviceNumber: number, chats: readonly ChatView[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const newest = yield* roster.chats.lastMessages(deviceNumber, chats.flatMap(namesOf))
    const rows = chats.flatMap((chat) => {
      const row = namesOf(chat)
        .flatMap((name) => newest.get(name) ?? [])
        .find(({ message_id }) => message_id === chat.lastMessage?.id)
      return row === undefined ? [] : [[chat.key, row] as const]
    })
    const found = new Map<string, MessageView>()
    // Long messages come in several pages.
    for (let from = 0; from < rows.length; ) {
      const page = yield* viewMessages(deviceNumber, rows.slice(from).map(rowOf))
      for (const [nth, view] of page.entries()) found.set(rows[from + nth]?.[0] ?? "", view)
      from += Math.max(1, page.length)
    }
    return found
  })

const rowOf = ([, row]: readonly [string, ChatMessage]): ChatMessage => row

/** A chat may have older messages under the number of its person. */
const namesOf = ({ key, person }: ChatView): readonly string[] =>
  person?.number == null ? [key] : [key, `${person.number}@s.whatsapp.net`]
