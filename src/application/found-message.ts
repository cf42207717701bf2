/** Messages that clients name by their chat and their id. */
import { Effect } from "effect"
import type { Device } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { ChatMessage } from "../store/roster/chats.ts"
import type { Roster } from "../store/roster/roster.ts"
import { type MessageView, viewMessages } from "./chats.ts"
import { findInChat } from "./message-refs.ts"
import { MessageNotFound } from "./messages.ts"

export interface FoundMessage {
  readonly view: MessageView
  readonly row: ChatMessage
}

/** The message of this id in a chat, with what it says. */
export const findMessageIn = (
  { deviceNumber }: Pick<Device, "deviceNumber">,
  chat: string,
  messageId: string
): Effect.Effect<FoundMessage, MessageNotFound | StoreUnavailable, Roster> =>
  Effect.gen(function* () {
    const row = yield* findInChat(deviceNumber, chat, messageId)
    const [view] = yield* viewMessages(deviceNumber, [row])
    return view === undefined ? yield* new MessageNotFound({ messageId }) : { row, view }
  })
