/** Asks the phone for messages of a chat that are older than those known here. */
import { Effect, Schema } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import type { Origin } from "../events/envelope.ts"
import { Roster } from "../store/roster/roster.ts"
import { findChat } from "./chats.ts"
import { findDevice } from "./device-access.ts"
import { once, type RequestKey } from "./idempotency.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the phone gives what came before a message, and no message of the chat is known here. */
export class NoMessageYet extends Schema.TaggedError<NoMessageYet>()("NoMessageYet", { chat: Schema.String }) {
  override get message(): string {
    return `no message of the chat ${this.chat} is known here, and the phone gives only those before a known one`
  }
}

export interface HistoryRequest {
  readonly chat: string
  readonly count: number
  /** How long to wait for the phone's answer. */
  readonly waitMs: number
  readonly origin: Origin
}

/** How many messages the phone gave, once they are recorded; null while it has not answered. What it answers later is recorded as well. */
export const requestHistory = (principal: Principal, reference: string, request: HistoryRequest, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        const { chat, count, waitMs, origin } = request
        const device = yield* findDevice(principal, reference)
        const roster = yield* Roster
        const { main, keys } = yield* findChat(device.deviceNumber, chat)
        const oldest = yield* roster.chats.oldest(device.deviceNumber, keys)
        if (oldest === undefined) return yield* new NoMessageYet({ chat })
        const command = {
          type: "RequestHistory" as const,
          chat: main.key,
          count,
          oldest: {
            messageId: oldest.message_id,
            fromMe: oldest.from_me === 1,
            sender: oldest.sender,
            sentAt: oldest.sent_at
          },
          timeoutMs: waitMs
        }
        const directory = yield* DeviceDirectory
        return yield* directory.ask(device.id, { command, origin, key: claiming })
      }),
    again: () => Effect.succeed({ messages: null })
  })
