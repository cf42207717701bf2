/**
 * Collects what a format needs to tell an event: the device, the file of a message, a QR while it can be scanned, the message that a
 * receipt is about. What cannot be had is left out; the event is told without it.
 */
import { readFile } from "node:fs/promises"
import { Clock, Context, Effect, Layer } from "effect"
import { DeviceDirectory } from "../actors/directory.ts"
import { linkedNumber } from "../application/device-view.ts"
import { getChat } from "../application/chats.ts"
import { lastMessages } from "../application/last-messages.ts"
import { viewGroups } from "../application/groups.ts"
import { operator } from "../application/principal.ts"
import { uploadAgain } from "../application/messages.ts"
import { DeviceId } from "../events/ids.ts"
import { type AnyEvent, readEvent } from "../events/catalog.ts"
import { fileNameOf, type IncomingMedia } from "../events/content.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { chatKey, personOfChat } from "../events/roster-key.ts"
import { Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { MediaFolder } from "../store/media/media-folder.ts"
import { Messages } from "../store/messages.ts"
import type { Roster } from "../store/roster/roster.ts"
import { MediaGone } from "../whatsapp/whatsapp.ts"
import { ReceivedFiles } from "../whatsapp/received-files.ts"
import type { Format, Need, Telling, ToldDevice, ToldFile } from "./formats/format.ts"

/** Devices that are known already. An entry is valid for one page of events. */
export type KnownDevices = Map<number, ToldDevice | null>

/** Where the file of a message is taken from: from WhatsApp if the media folder does not have it, or from the folder only. */
export type FileSource = "anywhere" | "folder"

export interface TellingsShape {
  readonly deviceOf: (event: RecordedEvent, known: KnownDevices) => Effect.Effect<ToldDevice | null, StoreUnavailable>
  readonly gather: (
    event: RecordedEvent,
    format: Format,
    device: ToldDevice | null,
    /** `anywhere` by default. */
    from?: FileSource
  ) => Effect.Effect<Telling, StoreUnavailable>
}

const none = () => Effect.succeed(null)

/** WhatsApp may take its time for a file; the other events of the endpoint wait. */
const FILE_TIMEOUT_MS = 60_000

export class Tellings extends Context.Service<Tellings, TellingsShape>()("bitacora/webhooks/Tellings") {
  /** `fileBytesMax`: a larger file is named by its URL only. */
  static readonly layer = (fileBytesMax: number) =>
    Layer.effect(
      Tellings,
      Effect.gen(function* () {
        const devices = yield* Devices
        const directory = yield* DeviceDirectory
        const files = yield* ReceivedFiles
        const folder = yield* MediaFolder
        const messages = yield* Messages
        const log = yield* EventLog
        const context = yield* Effect.context<Devices | Roster>()

        const inFolder = (media: IncomingMedia) =>
          Effect.gen(function* () {
            const name = fileNameOf(media)
            const bytes = name === undefined ? undefined : yield* folder.sizeOf(name)
            return name === undefined || bytes === undefined ? yield* new MediaGone() : { name, bytes }
          })

        const fileOf = (
          event: AnyEvent,
          device: ToldDevice | null,
          from: FileSource
        ): Effect.Effect<ToldFile | null> => {
          if (event.type !== "message.received" && event.type !== "message.resent") return Effect.succeed(null)
          if (!("remote" in event.data.content)) return Effect.succeed(null)
          const { content } = event.data
          if ((content.bytes ?? 0) > fileBytesMax) return Effect.succeed(null)
          const again =
            device === null
              ? Effect.fail(new MediaGone())
              : uploadAgain(directory, { ...event.data, device: DeviceId.make(device.id) }, content)
          return (from === "anywhere" ? files.fetch(content, again) : inFolder(content)).pipe(
            Effect.timeout(FILE_TIMEOUT_MS),
            Effect.flatMap(({ name, bytes }) =>
              bytes > fileBytesMax
                ? Effect.succeed(null)
                : Effect.tryPromise(async () => ({
                    base64: await readFile(folder.pathOf(name), "base64"),
                    bytes
                  }))
            ),
            Effect.orElseSucceed(() => null)
          )
        }

        const secretOf = (event: AnyEvent, device: ToldDevice | null, which: "qr" | "code") =>
          Effect.gen(function* () {
            if (device === null || !("expiresAt" in event.data)) return null
            const { expiresAt } = event.data
            if (expiresAt === null || expiresAt === undefined || expiresAt <= (yield* Clock.currentTimeMillis))
              return null
            const live = yield* directory.view(device.id as Parameters<typeof directory.view>[0])
            return live?.[which]?.text ?? null
          })

        const originalOf = (event: AnyEvent, device: number | null) =>
          Effect.gen(function* () {
            const data = event.data as { readonly messageId?: string; readonly target?: string }
            const id = data.target ?? data.messageId
            if (id === undefined) return null
            const found = yield* messages.byId(id, "all")
            const own = found.find(({ deviceNumber }) => deviceNumber === device)
            const recorded = own && (yield* log.readPosition(own.position))
            const read = recorded ? readEvent(recorded) : null
            return recorded && read ? { event: read, recordedAt: recorded.recordedAt } : null
          })

        const chatOf = (event: AnyEvent, format: Format, deviceNumber: number | null, device: ToldDevice | null) =>
          Effect.gen(function* () {
            const names = format.chatOf?.(event)
            if (names === undefined || device === null || deviceNumber === null) return null
            const found = yield* getChat(operator, device.id, chatKey(names.chat, names.chatAlt).key).pipe(
              Effect.catchTags({ ChatNotFound: none, DeviceNotFound: none })
            )
            if (found === null) return null
            // The roster may learn the other name of a new person only after this event.
            const number = personOfChat(names.chat, names.chatAlt)?.number ?? null
            const view = {
              ...found,
              person: found.person && { ...found.person, number: found.person.number ?? number }
            }
            const groups = view.kind === "group" ? yield* viewGroups(deviceNumber, [view.key]) : undefined
            const last = yield* lastMessages(deviceNumber, [view])
            return { view, group: groups?.get(view.key), last: last.get(view.key) }
          }).pipe(Effect.provideContext(context))

        return Tellings.of({
          deviceOf: ({ device: number }, known) =>
            Effect.gen(function* () {
              if (number === null) return null
              const before = known.get(number)
              if (before !== undefined) return before
              const device = yield* devices.byDeviceNumber(number)
              const told = device
                ? { id: device.id, sessionId: device.sessionId ?? device.id, number: linkedNumber(device) }
                : null
              known.set(number, told)
              return told
            }),
          gather: (event, format, device, from = "anywhere") =>
            Effect.gen(function* () {
              const nothing = { event, device, read: null, file: null, secret: null, original: null, chat: null }
              // A format that tells all types needs nothing but the event.
              if (format.types === undefined || event.text === null) return nothing
              const read = readEvent(event)
              const need: Need | undefined = read === null ? undefined : format.needs(read)
              if (read === null) return { ...nothing, read }
              const told = { ...nothing, read, chat: yield* chatOf(read, format, event.device, device) }
              switch (need) {
                case undefined:
                  return told
                case "file":
                  return { ...told, file: yield* fileOf(read, device, from) }
                case "original":
                  return { ...told, original: yield* originalOf(read, event.device) }
                case "qr":
                case "code":
                  return { ...told, secret: yield* secretOf(read, device, need) }
              }
            })
        })
      })
    )
}
