/** /v1/stream: the log over a WebSocket, and the tickets that browsers open it with. */
import { Effect, Schema } from "effect"
import { startFollowing } from "../../../application/live-feed.ts"
import { frameTypes, type LiveFrame, type SecretFrame } from "../../../application/live-frames.ts"
import { nameOf } from "../../../application/principal.ts"
import { Tickets } from "../../../application/tickets.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { type Frames, followOn } from "../../event-socket.ts"
import { InvalidRequest } from "../../input.ts"
import { OpenStreams } from "../../open-streams.ts"
import { After, NoFields, typesOf } from "./fields.ts"
import { eventText } from "../../../events/event-text.ts"
import { iso } from "./models.ts"

const tag = "Stream"

/** Rejection: the path is a WebSocket, and the request is no upgrade. */
export class UpgradeNeeded extends Schema.TaggedError<UpgradeNeeded>()("UpgradeNeeded", {}) {
  override get message(): string {
    return "this path is a WebSocket; connect with the header Upgrade: websocket"
  }
}

/** Rejection: the client has the maximum number of streams open. */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()("TooManyStreams", { max: Schema.Int }) {
  override get message(): string {
    return `at most ${this.max} streams may be open per client; close one first`
  }
}

const liveModel = (frame: LiveFrame) => {
  if (frame.type === "presence.changed") {
    const { type, device, chat, chatAlt, person, presence, lastSeen } = frame
    return { type, device, chat, chatAlt, person, presence, lastSeen: iso(lastSeen) }
  }
  return { type: frame.type, device: frame.device, ...contentOf(frame), expiresAt: iso(frame.expiresAt) }
}

const contentOf = ({ type, text }: SecretFrame): object => {
  switch (type) {
    case "pairing.qr":
      return { qr: text }
    case "pairing.passkey":
      return { options: JSON.parse(text) as unknown }
    case "pairing.code":
    case "pairing.confirm_code":
      return { code: text }
  }
}

const frames: Frames = {
  event: eventText,
  live: (frame) => JSON.stringify(liveModel(frame))
}

export const streamRoutes: readonly Route[] = [
  route({
    id: "streamTicket",
    method: "POST",
    path: "/v1/stream/ticket",
    tag,
    summary: "Get a ticket that opens the stream",
    description:
      "For browsers, which cannot set a header on a WebSocket. Send it as `?ticket=`; it is valid once, within 30 seconds.",
    access: { for: "principal", scope: "read" },
    body: NoFields,
    answers: {
      201: json("The ticket.", Schema.Struct({ ticket: Schema.String, expiresAt: Schema.NullOr(Schema.String) }))
    },
    examples: [{ body: {}, status: 201 }],
    handle: ({ principal, key }) =>
      Effect.gen(function* () {
        const tickets = yield* Tickets
        const { ticket, expiresAt } = yield* tickets.issue(principal, key)
        return answer(201, { ticket, expiresAt: iso(expiresAt) })
      })
  }),
  route({
    id: "stream",
    method: "GET",
    path: "/v1/stream",
    tag,
    summary: "Follow the log over a WebSocket",
    description:
      "Sends each event as a JSON text frame. What links a device is sent without a position, to tokens with the scope `manage`: `pairing.qr`, `pairing.code`, `pairing.passkey` (the challenge to sign, in `options`), `pairing.confirm_code`. `presence.changed` (who is online or types) is sent without a position too; WhatsApp says so only to accounts that are online themselves. Close codes: 1001 the gateway stops, 4401 the token has ended, 4408 the client is too slow, 4410 the next events were trimmed, 4503 the store is unavailable. The reason holds the last position; continue with it as `after`.",
    access: { for: "principal", scope: "read", ticket: true },
    query: Schema.Struct({
      after: After,
      device: Schema.optionalKey(
        Schema.String.annotate({ description: "Only the events of this device: its id, or its number if it is yours." })
      ),
      types: Schema.optionalKey(
        Schema.String.annotate({
          description:
            "Only these event types, comma-separated. `pairing.qr`, `pairing.code` and `presence.changed` are allowed too."
        })
      ),
      presence: Schema.optionalKey(
        Schema.String.annotate({
          description: "Watches the people of these chats of the device, comma-separated. Requires `device`."
        })
      ),
      ticket: Schema.optionalKey(Schema.String)
    }),
    answers: { 101: nothing("The stream begins.") },
    failures: [
      "DeviceNotFound",
      "HistoryTrimmed",
      "TicketInvalid",
      "TooManyStreams",
      "TooManyWatched",
      "UpgradeNeeded"
    ],
    examples: [],
    handle: () => new UpgradeNeeded(),
    webSocket: ({ principal, query: { after, device, types: given, presence }, raw }) =>
      Effect.gen(function* () {
        const types = yield* typesOf(given, frameTypes)
        if (presence !== undefined && device === undefined) {
          return yield* new InvalidRequest({ field: "presence", reason: "needs a device beside it" })
        }
        const watched = presence?.split(",").filter((chat) => chat !== "")
        const following = yield* startFollowing(principal, { after, device, types, watched })
        const open = yield* OpenStreams
        const giveBack = open.take(nameOf(principal))
        if (!giveBack) return yield* new TooManyStreams({ max: open.max })
        // Given back when the connection closes, even if the upgrade fails.
        const { socket } = raw.raw
        if (socket.destroyed) giveBack()
        else socket.once("close", giveBack)
        return (client, stopping) => followOn(client, following, frames, stopping)
      })
  })
]
