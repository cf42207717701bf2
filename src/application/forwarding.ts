/**
 * Forwarding a message that is known here. A file that was received is fetched from WhatsApp first, and kept under its own hash: it is
 * uploaded again like any file that a client sends.
 */
import { createReadStream } from "node:fs"
import { Effect, Schema, type Scope } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import { type IncomingContent, type IncomingMedia, isOutgoingFile, type OutgoingContent } from "../events/content.ts"
import type { Device } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { type FileTooLarge, MediaFolder } from "../store/media/media-folder.ts"
import { type Message, Messages } from "../store/messages.ts"
import { type FetchFailure, ReceivedFiles } from "../whatsapp/received-files.ts"
import { MediaGone } from "../whatsapp/whatsapp.ts"
import { sendableAs } from "./media-type.ts"
import { MessageNotFound, uploadAgain } from "./messages.ts"
import { type ArrivedFile, keptContent } from "./outgoing-file.ts"

/** Rejection: messages of this kind, and those that are shown once, are not forwarded. */
export class NotForwardable extends Schema.TaggedError<NotForwardable>()("NotForwardable", {
  messageId: Schema.String,
  kind: Schema.String
}) {
  override get message(): string {
    return `the message ${this.messageId} (${this.kind}) cannot be forwarded`
  }
}

/** A message to forward. `content` keeps its file when it runs; the file is safe from deletion until the scope ends. */
export interface Forwarded {
  readonly content: Effect.Effect<
    OutgoingContent,
    FetchFailure,
    DeviceDirectory | MediaFolder | ReceivedFiles | Scope.Scope
  >
  /** How often it was forwarded, this time included. */
  readonly forwarded: number
}

/** The message of this id on the device: the one that was sent, else the oldest. */
export const forwardedMessage = (
  device: Device,
  messageId: string
): Effect.Effect<Forwarded, MessageNotFound | NotForwardable | StoreUnavailable, Messages> =>
  Effect.gen(function* () {
    const messages = yield* Messages
    const [message] = yield* messages.under(device.deviceNumber, messageId)
    const said = message && (yield* messages.saidOf(message))
    if (message === undefined || said === undefined || message.revokedAt !== null)
      return yield* new MessageNotFound({ messageId })
    const content = said.context?.viewOnce === true ? undefined : contentOf(device, message, said.content)
    if (content === undefined) return yield* new NotForwardable({ messageId, kind: said.content.kind })
    return { content, forwarded: (said.context?.forwarded ?? 0) + 1 }
  })

const contentOf = (
  device: Device,
  message: Message,
  content: OutgoingContent | IncomingContent
): Forwarded["content"] | undefined => {
  if (isOutgoingFile(content)) return sentFile(content)
  if ("remote" in content) return receivedFile(device, message, content)
  switch (content.kind) {
    case "text":
    case "contacts":
    case "poll":
      return Effect.succeed(content)
    case "location": {
      const { live: _live, ...place } = content
      return Effect.succeed(place)
    }
    default:
      return undefined
  }
}

const sentFile = (content: Extract<OutgoingContent, { readonly media: unknown }>) =>
  Effect.gen(function* () {
    const folder = yield* MediaFolder
    return (yield* folder.sizeOf(content.media.sha256)) === undefined ? yield* new MediaGone() : content
  })

const receivedFile = (device: Device, message: Message, media: IncomingMedia): Forwarded["content"] =>
  Effect.gen(function* () {
    const { messageId, chat, sender, fromMe } = message
    const received = yield* ReceivedFiles
    const asking = uploadAgain(yield* DeviceDirectory, { device: device.id, messageId, chat, sender, fromMe }, media)
    const { name, bytes } = yield* received.fetch(media, asking)
    const { kind, filename, caption, voiceNote, animated, mimetype } = media
    const copy = yield* copyOf(name, bytes)
    const type = mimetype ?? sendableAs(kind, copy.detectedType, filename ?? "")?.mimetype ?? copy.detectedType ?? ""
    const asItCame = { kind, mimetype: type, filename, caption, voiceNote: voiceNote ?? false }
    const kept = yield* keptContent(copy, asItCame)
    return isOutgoingFile(kept) && animated === true && kind === "video" ? { ...kept, animated } : kept
  })

/** The bytes of a kept file once more, to be kept under their own hash. */
const copyOf = (name: string, bytes: number) =>
  Effect.gen(function* () {
    const folder = yield* MediaFolder
    const sink = yield* folder.begin(bytes)
    let isKept = false
    const copy: Omit<ArrivedFile, "detectedType" | "sha256"> = {
      path: sink.path,
      replace: () => Promise.reject(new Error("a file is forwarded as it came")),
      keep: () => {
        isKept = true
        return sink.finish()
      },
      discard: async () => (isKept ? sink.release() : sink.abort())
    }
    yield* Effect.addFinalizer(() => Effect.promise(copy.discard))
    const detectedType = yield* attempt(async () => {
      for await (const piece of createReadStream(folder.pathOf(name)) as AsyncIterable<Buffer>) await sink.write(piece)
      return sink.detectType()
    })
    return { ...copy, detectedType, sha256: sink.sha256() }
  })

const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, FileTooLarge | StoreUnavailable> =>
  Effect.tryPromise({ try: work, catch: (failure) => failure as FileTooLarge | StoreUnavailable })
