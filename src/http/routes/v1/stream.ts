/** The log as it grows: over a WebSocket and as Server-Sent Events, and the tickets that browsers open both with. */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { startFollowing } from "../../../application/live-feed.ts"
import { frameTypes, type LiveFrame, type SecretFrame } from "../../../application/live-frames.ts"
import type { Principal } from "../../../application/principal.ts"
import { Tickets } from "../../../application/tickets.ts"
import { answer, bytes, EVENT_STREAM, json, nothing, type Route, route, WrittenByRoute } from "../../declaration.ts"
import { serveEventStream } from "../../feeds/event-stream.ts"
import { serveFeed, type Wording } from "../../feeds/feed.ts"
import { onceClosed, takeStream } from "../../feeds/open-streams.ts"
import { webSocketWriter } from "../../feeds/web-socket.ts"
import { InvalidRequest } from "../../input.ts"
import { UpgradeNeeded } from "../../upgrade-needed.ts"
import { After, NoFields, typesOf } from "./fields.ts"
import { eventText } from "../../../events/event-text.ts"
import { iso } from "./models.ts"

const tag = "Stream"

/** Each event as `/events` shows it. */
export const wording: Wording<string> = {
  event: (event) => Effect.succeed([eventText(event)]),
  live: (frame) => Effect.succeed([JSON.stringify(liveModel(frame))])
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

/** What a client follows, and from where. */
const Filter = {
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
}

type Filtered = Schema.Struct<typeof Filter>["Type"]

/** Resolves the filter, and counts the stream: the result's `giveBack` has to be called when the stream has ended. */
const begin = (principal: Principal, { after, device, types: given, presence }: Filtered) =>
  Effect.gen(function* () {
    const types = yield* typesOf(given, frameTypes)
    if (presence !== undefined && device === undefined) {
      return yield* new InvalidRequest({ field: "presence", reason: "needs a device beside it" })
    }
    const watched = presence?.split(",").filter((chat) => chat !== "")
    const following = yield* startFollowing(principal, { after, device, types, watched })
    return { following, giveBack: yield* takeStream(principal) }
  })

export const streamRoutes: readonly Route[] = [
  route({
    id: "streamTicket",
    method: "POST",
    path: "/v1/stream/ticket",
    tag,
    summary: "Get a ticket that opens a stream",
    description:
      "For browsers, which cannot set a header on a WebSocket or an EventSource. Send it as `?ticket=`; it is valid once, within 30 seconds.",
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
    query: Schema.Struct(Filter),
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
    webSocket: ({ principal, query, raw }) =>
      Effect.gen(function* () {
        const { following, giveBack } = yield* begin(principal, query)
        onceClosed(raw, giveBack)
        return (client, stopping) => serveFeed({ following, wording, writer: webSocketWriter(client), stopping })
      })
  }),
  route({
    id: "liveEvents",
    method: "GET",
    path: "/v1/events/live",
    tag,
    summary: "Follow the log as Server-Sent Events",
    description:
      "Sends the same as the WebSocket: each event as the `data` of one Server-Sent Event, with its position as `id`. A client that connects again with the last `id` in `Last-Event-ID`, as browsers do, misses nothing and gets nothing twice. Before the gateway ends the response it sends the event `end` with `code`, `reason` and `position`; the codes are those of the WebSocket. A ticket opens one response; get another one to connect again.",
    access: { for: "principal", scope: "read", ticket: true },
    query: Schema.Struct(Filter),
    headers: { "Last-Event-ID": "The `id` of the last event that the client has. Takes precedence over `after`." },
    answers: { 200: bytes("The events, without end.", EVENT_STREAM) },
    failures: ["DeviceNotFound", "HistoryTrimmed", "TicketInvalid", "TooManyStreams", "TooManyWatched"],
    examples: [],
    handle: ({ principal, query, raw }) =>
      Effect.gen(function* () {
        const after = (yield* lastEventId(raw)) ?? query.after
        const { following, giveBack } = yield* begin(principal, { ...query, ...(after === undefined ? {} : { after }) })
        const body = new WrittenByRoute(({ raw: response }, stopping) =>
          Effect.ensuring(serveEventStream(response, { following, wording, stopping }), Effect.sync(giveBack))
        )
        return answer(200, body)
      })
  })
]

/** The position in the header; undefined when the client has none yet. */
const lastEventId = ({ headers }: FastifyRequest): Effect.Effect<number | undefined, InvalidRequest> => {
  const given = headers["last-event-id"]
  if (given === undefined || given === "") return Effect.succeed(undefined)
  const position = typeof given === "string" && /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(position)) return Effect.succeed(position)
  return new InvalidRequest({ field: "Last-Event-ID", reason: "must be the id of an event: a position in the log" })
}
