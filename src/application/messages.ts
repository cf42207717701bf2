/** Reads messages: their delivery status, and their files. */
import { Effect, Schema } from "effect"
import { type IncomingMedia, isOutgoingFile, mediaIn } from "../events/content.ts"
import type { RequestUpload } from "../actors/device/commands.ts"
import { DeviceDirectory, type DeviceDirectoryShape } from "../actors/directory.ts"
import { gateway } from "../actors/origin.ts"
import type { DeviceId } from "../events/ids.ts"
import { type Device, Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { MediaFolder } from "../store/media/media-folder.ts"
import { type Message, Messages } from "../store/messages.ts"
import type { ChatMessage } from "../store/roster/chats.ts"
import type { Said } from "../store/said.ts"
import { type KeptFile, ReceivedFiles } from "../whatsapp/received-files.ts"
import { MediaGone } from "../whatsapp/whatsapp.ts"
import { reaches, visibleTo } from "./device-access.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the principal's devices have no message with this id. */
export class MessageNotFound extends Schema.TaggedError<MessageNotFound>()("MessageNotFound", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `there is no message ${this.messageId} on the devices that this credential reaches`
  }
}

/** Rejection: the message is not a file message. */
export class NoMedia extends Schema.TaggedError<NoMedia>()("NoMedia", { messageId: Schema.String }) {
  override get message(): string {
    return `the message ${this.messageId} has no file`
  }
}

export type DevicesMessage = Message & { readonly device: DeviceId }

/** All messages with this id on devices that the principal reaches: sent ones first, then the oldest. */
export const messagesWithId = (
  principal: Principal,
  messageId: string
): Effect.Effect<readonly DevicesMessage[], StoreUnavailable, Devices | Messages> =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const found = yield* messages.byId(messageId, visibleTo(principal))
    return yield* Effect.filter(found, ({ deviceNumber }) => reachesNumber(principal, deviceNumber))
  })

/** Whether the principal reaches the device with this number. */
export const reachesNumber = (
  principal: Principal,
  deviceNumber: number
): Effect.Effect<boolean, StoreUnavailable, Devices> => {
  if (principal.kind === "operator" && principal.devices === null) return Effect.succeed(true)
  return Effect.gen(function* () {
    const devices = yield* Devices
    const device = yield* devices.byDeviceNumber(deviceNumber)
    return device !== undefined && reaches(principal, device)
  })
}

/** Finds a message. When several have this id, returns the one that was sent, else the oldest. */
export const findMessage = (
  principal: Principal,
  messageId: string
): Effect.Effect<DevicesMessage, MessageNotFound | StoreUnavailable, Devices | Messages> =>
  Effect.gen(function* () {
    const [message] = yield* messagesWithId(principal, messageId)
    return message ?? (yield* new MessageNotFound({ messageId }))
  })

/** Finds a message that the device sent. */
export const findSent = (
  device: Pick<Device, "id" | "deviceNumber">,
  messageId: string
): Effect.Effect<DevicesMessage, MessageNotFound | StoreUnavailable, Messages> =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const message = yield* messages.sent(device.deviceNumber, messageId)
    return message ? { ...message, device: device.id } : yield* new MessageNotFound({ messageId })
  })

/** What the message says now; undefined when it was erased. */
export const saidOf = (message: Message): Effect.Effect<Said | undefined, StoreUnavailable, Messages> =>
  Effect.flatMap(Messages, (messages) => messages.saidOf(message))

export interface MessageFile extends KeptFile {
  readonly path: string
  readonly mimetype: string | null
  readonly filename: string | undefined
}

/** Asks the phone of the message's device to upload its file again. Whatever prevents an answer, the file cannot be had now. */
export const uploadAgain = (
  directory: DeviceDirectoryShape,
  { device, messageId, chat, sender, fromMe }: Omit<RequestUpload, "type" | "mediaKey"> & { readonly device: DeviceId },
  { remote: { mediaKey } }: IncomingMedia
): Effect.Effect<string, MediaGone> => {
  if (mediaKey === null) return Effect.fail(new MediaGone())
  const command = { type: "RequestUpload" as const, messageId, chat, sender, fromMe, mediaKey }
  return directory.ask(device, { command, origin: gateway }).pipe(Effect.mapError(() => new MediaGone()))
}

/** The message's first file in the media folder. A received file is fetched from WhatsApp at the first request for it. */
export const messageFile = (principal: Principal, messageId: string) =>
  Effect.flatMap(findMessage(principal, messageId), fileOfMessage)

/** The same of a message as its chat lists it. */
export const listedFile = (
  device: Pick<Device, "id" | "deviceNumber">,
  { message_id: messageId, position, sender }: Pick<ChatMessage, "message_id" | "position" | "sender">
) =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const found = yield* messages.under(device.deviceNumber, messageId)
    const message = found.find((each) => each.position === position && each.sender === sender)
    if (message === undefined) return yield* new MessageNotFound({ messageId })
    if (message.revokedAt !== null) return yield* new MediaGone()
    return yield* fileOfMessage({ ...message, device: device.id })
  })

const fileOfMessage = (message: DevicesMessage) =>
  Effect.gen(function* () {
    const { messageId } = message
    const said = yield* saidOf(message)
    if (!said) return yield* new MediaGone()
    const folder = yield* MediaFolder
    const kept = (name: string, bytes: number) => ({ name, bytes, path: folder.pathOf(name) })
    const { content } = said
    if (isOutgoingFile(content)) {
      const { sha256, mimetype } = content.media
      const bytes = yield* folder.sizeOf(sha256)
      if (bytes === undefined) return yield* new MediaGone()
      return { ...kept(sha256, bytes), mimetype, filename: content.filename } satisfies MessageFile
    }
    const [media] = mediaIn(content)
    if (!media) return yield* new NoMedia({ messageId })
    const received = yield* ReceivedFiles
    const { name, bytes } = yield* received.fetch(media, uploadAgain(yield* DeviceDirectory, message, media))
    return { ...kept(name, bytes), mimetype: media.mimetype, filename: media.filename } satisfies MessageFile
  })
