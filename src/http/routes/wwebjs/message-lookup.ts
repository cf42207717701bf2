/** Messages as the store has them, as this dialect's models. */
import { Effect } from "effect"
import { type FoundMessage, findMessageIn } from "../../../application/found-message.ts"
import { reactedTo } from "../../../application/message-deeds.ts"
import { peopleBy } from "../../../application/names.ts"
import { lidOfKey, numberOfKey } from "../../../events/roster-key.ts"
import type { Device } from "../../../store/devices.ts"
import type { OnSession } from "./call.ts"
import { personId } from "../../../webhooks/formats/wwebjs-ids.ts"
import { messageModel } from "../../../webhooks/formats/wwebjs-stored-message.ts"

/** How clients name a message. */
export interface Named {
  readonly chatId: string
  readonly messageId: string
}

/** Undefined where the chat has no message of this id. */
export const findIfKnown = ({ device }: OnSession, chat: string, messageId: string) =>
  findMessageIn(device, chat, messageId).pipe(Effect.catchTag("MessageNotFound", () => Effect.succeed(undefined)))

export const findNamedIn = (device: Pick<Device, "deviceNumber">, { chatId, messageId }: Named) =>
  findMessageIn(device, chatId, messageId)

export const findNamed = ({ device }: OnSession, named: Named) => findNamedIn(device, named)

/** In the order that they are given. */
export const messageModels = ({ device }: OnSession, messages: readonly FoundMessage[]) =>
  Effect.gen(function* () {
    const { deviceNumber } = device
    const rows = messages.map(({ row }) => row)
    const isReactedTo = yield* reactedTo(deviceNumber, rows)
    const people = yield* peopleBy(
      deviceNumber,
      rows.map(({ chat }) => chat)
    )
    const jidOf = (key: string): string =>
      numberOfKey(key) === null && lidOfKey(key) === null ? key : personId(people(key))
    return messages.map(({ view, row }) =>
      messageModel(view, jidOf(row.chat), device, { hasReaction: isReactedTo(row) })
    )
  })

export const messageModelOf = (on: OnSession, message: FoundMessage) =>
  Effect.map(messageModels(on, [message]), ([model]) => model as NonNullable<typeof model>)

/** A message that the client names, with its model. */
export const namedModel = (on: OnSession, named: Named) =>
  Effect.gen(function* () {
    const found = yield* findNamed(on, named)
    return { ...found, model: yield* messageModelOf(on, found) }
  })
