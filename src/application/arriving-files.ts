/**
 * MEDIA_DOWNLOAD=on_arrival: fetches the files of messages as they arrive. Keeps IN-4.
 *
 * It is a subscription, so a kill loses no file: the next start continues after the last page whose files are all kept. A file that
 * cannot be fetched now, because WhatsApp does not answer or the disk has too little room, can still be requested later. Files of the
 * phone's history are fetched on request only: there may be thousands, and most of them WhatsApp no longer has.
 */
import { statfs } from "node:fs/promises"
import { Effect, Schedule } from "effect"
import type { Logger } from "pino"
import { readEvent } from "../events/catalog.ts"
import { mediaIn } from "../events/content.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { storeUnavailable } from "../store/errors.ts"
import { MediaFolder } from "../store/media/media-folder.ts"
import { runSubscription } from "../store/subscriptions/run.ts"
import { Subscriptions } from "../store/subscriptions/subscriptions.ts"
import { type FetchFailure, ReceivedFiles } from "../whatsapp/received-files.ts"
import type { ReceivedMedia } from "../whatsapp/whatsapp.ts"

export const ARRIVING_FILES = "arriving-files"

export const mediaPolicies = ["on_request", "on_arrival"] as const

export interface ArrivalSettings {
  readonly mediaDownload: (typeof mediaPolicies)[number]
  /** Files are fetched on arrival only while the disk has more room than this. */
  readonly mediaFreeBytesMin: number
  readonly attachmentBytesMax: number
}

/** Fewer than ReceivedFiles allows, so that a client's request for a file does not wait for files that no client asked for. */
const AT_ONCE = 4
const PAGE = 50
/** After no answer from WhatsApp. */
const RETRIES = 3
const RETRY_FIRST_MS = 1_000
const REOPEN_MS = 1_000

/** Never ends, unless files are fetched on request: then it removes the subscription, which trimming would wait for. */
export const fetchArrivingFiles = (
  settings: ArrivalSettings,
  logger: Logger
): Effect.Effect<void, never, MediaFolder | ReceivedFiles | Subscriptions> => {
  const { mediaDownload, mediaFreeBytesMin, attachmentBytesMax } = settings
  return Effect.gen(function* () {
    const subscriptions = yield* Subscriptions
    if (mediaDownload === "on_request") {
      yield* subscriptions.remove(ARRIVING_FILES)
      return
    }
    const { directory } = yield* MediaFolder
    const files = yield* ReceivedFiles
    /** Of files that are being fetched. */
    let expectedBytes = 0
    let wasFull = false

    const notFetched = ({ message }: FetchFailure) =>
      Effect.sync(() => logger.debug(`a file was not fetched on arrival: ${message}`))
    const hasRoomFor = (bytes: number) =>
      Effect.map(freeBytes(directory), (free) => {
        const isFull = free - expectedBytes - bytes < mediaFreeBytesMin
        if (isFull && !wasFull) logger.warn({ free }, "files are not fetched on arrival: the disk has too little room")
        wasFull = isFull
        return !isFull
      })
    const fetch = (media: ReceivedMedia) =>
      Effect.gen(function* () {
        const bytes = media.bytes ?? attachmentBytesMax
        if (bytes > attachmentBytesMax || !(yield* hasRoomFor(bytes))) return
        expectedBytes += bytes
        yield* files.fetch(media).pipe(
          Effect.retry({
            schedule: Schedule.exponential(RETRY_FIRST_MS),
            times: RETRIES,
            while: (failure: FetchFailure) => failure._tag === "NoAnswer"
          }),
          Effect.ensuring(Effect.sync(() => (expectedBytes -= bytes))),
          Effect.catchTags({
            FileTooLarge: notFetched,
            MediaGone: notFetched,
            MediaUnusable: notFetched,
            NoAnswer: notFetched
          })
        )
      })
    const subscription = yield* subscriptions.open(ARRIVING_FILES, { from: "now" })
    yield* runSubscription(
      subscription,
      ({ events }) => Effect.forEach(events.flatMap(filesIn), fetch, { concurrency: AT_ONCE, discard: true }),
      { types: ["message.received", "message.resent", "message.edited"], eventsMax: PAGE }
    )
  }).pipe(Effect.retry(Schedule.spaced(REOPEN_MS)), Effect.ignore)
}

const filesIn = (recorded: RecordedEvent): readonly ReceivedMedia[] => {
  const event = readEvent(recorded)
  switch (event?.type) {
    case "message.received":
    case "message.resent":
    case "message.edited":
      return mediaIn(event.data.content)
    default:
      return []
  }
}

const freeBytes = (directory: string) =>
  Effect.tryPromise({
    try: async () => {
      const { bavail, bsize } = await statfs(directory)
      return bavail * bsize
    },
    catch: storeUnavailable
  })
