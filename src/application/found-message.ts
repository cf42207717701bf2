/** Messages that clients name by their chat and their id. */
import { Effect } from "effect"
import type { Device } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { ChatMessage } from "../store/roster/chats.ts"
import { Roster } from "../store/roster/roster.ts"
import { findChat, type MessageView, viewMessages } from "./chats.ts"
import { MessageNotFound } from "./messages.ts"

export interface FoundMessage {
  readonly view: MessageView
  readonly row: ChatMessage
}

/** The message of this id in a chat. A message of the same id in another chat is not found. */
export const findMessageIn = (
  { deviceNumber }: Pick<Device, "deviceNumber">,
  chat: string,
  messageId: string
): Effect.Effect<FoundMessage, MessageNotFound | StoreUnavailable, Roster> =>
  Effect.gen(function* () {
    const unknown = () => new MessageNotFound({ messageId })
    const roster = yield* Roster
    const { keys } = yield* Effect.catchTag(findChat(deviceNumber, chat), "ChatNotFound", () => Effect.fail(unknown()))
    const row = yield* roster.messages.find(deviceNumber, keys, messageId)
    const [view] = row === undefined ? [] : yield* viewMessages(deviceNumber, [row])
    return row && view ? { row, view } : yield* unknown()
  })
