/** /v1/stream: the log as a WebSocket, and the tickets that browsers open it with. */
import { Effect, Schema } from "effect"
import { type SecretFrame, secretTypes, startFollowing } from "../../../application/live-feed.ts"
import { nameOf } from "../../../application/principal.ts"
import { Tickets } from "../../../application/tickets.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { type Frames, followOn } from "../../event-socket.ts"
import { OpenStreams } from "../../open-streams.ts"
import { After, NoFields, typesOf } from "./fields.ts"
import { eventText, iso } from "./models.ts"

const tag = "Stream"

/** Rejection: here is a WebSocket. */
export class UpgradeNeeded extends Schema.TaggedError<UpgradeNeeded>()("UpgradeNeeded", {}) {
  override get message(): string {
    return "this is a WebSocket: connect with Upgrade: websocket"
  }
}

/** Rejection: the client can open another one when one of its streams ends. */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()("TooManyStreams", { max: Schema.Int }) {
  override get message(): string {
    return `a client may have ${this.max} streams open`
  }
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
  secret: (frame: SecretFrame) =>
    JSON.stringify({
      type: frame.type,
      device: frame.device,
      ...contentOf(frame),
      expiresAt: iso(frame.expiresAt)
    })
}

export const streamRoutes: readonly Route[] = [
  route({
    id: "streamTicket",
    method: "POST",
    path: "/v1/stream/ticket",
    tag,
    summary: "Get a ticket to open the stream with",
    description: "For browsers, which cannot set a header: valid once, within 30 seconds.",
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
      "Each event is a JSON text frame. What links a device comes without a position: `pairing.qr`, `pairing.code`, `pairing.passkey` (the challenge to sign, in `options`), `pairing.confirm_code`. Close codes: 4401 the token ended, 4408 the client is too slow, 4503 the store is away; the reason holds the last position.",
    access: { for: "principal", scope: "read", ticket: true },
    query: Schema.Struct({
      after: After,
      device: Schema.optionalKey(Schema.String.annotate({ description: "One device only." })),
      types: Schema.optionalKey(Schema.String.annotate({ description: "Event types, comma-separated." })),
      ticket: Schema.optionalKey(Schema.String)
    }),
    answers: { 101: nothing("The stream begins.") },
    failures: ["DeviceNotFound", "HistoryTrimmed", "TicketInvalid", "TooManyStreams", "UpgradeNeeded"],
    examples: [],
    handle: () => new UpgradeNeeded(),
    webSocket: ({ principal, query: { after, device, types: given }, raw }) =>
      Effect.gen(function* () {
        const types = yield* typesOf(given, secretTypes)
        const following = yield* startFollowing(principal, { after, device, types })
        const open = yield* OpenStreams
        const giveBack = open.take(nameOf(principal))
        if (!giveBack) return yield* new TooManyStreams({ max: open.max })
        // Given back with the connection, whatever becomes of the upgrade.
        const { socket } = raw.raw
        if (socket.destroyed) giveBack()
        else socket.once("close", giveBack)
        return (client, stopping) => followOn(client, following, frames, stopping)
      })
  })
]
