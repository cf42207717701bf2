/** `/ws/<session>`: the frames of wwebjs-api, `{dataType,data,sessionId}`, for one session of the operator. */
import { Effect, Schema } from "effect"
import { findSessionOrDevice } from "../../../application/device-access.ts"
import { startFollowing } from "../../../application/live-feed.ts"
import type { Principal } from "../../../application/principal.ts"
import { dataTypeOf, wwebjs } from "../../../webhooks/formats/wwebjs.ts"
import { Tellings } from "../../../webhooks/telling.ts"
import { nothing, type Route, route } from "../../declaration.ts"
import { serveFeed, type Wording } from "../../feeds/feed.ts"
import { onceClosed, takeStream } from "../../feeds/open-streams.ts"
import { webSocketWriter } from "../../feeds/web-socket.ts"
import { UpgradeNeeded } from "../../upgrade-needed.ts"

/** What links a device is only for those who may link it. */
const typesFor = ({ scopes }: Principal): readonly string[] =>
  (wwebjs.types ?? []).filter((type) => scopes.includes("manage") || !/^pairing\.(qr|code)_issued$/.test(type))

const wordingWithout = (disabled: readonly string[]): Wording<string, Tellings> => ({
  event: (event) =>
    Effect.gen(function* () {
      const { deviceOf, gather } = yield* Tellings
      const device = yield* deviceOf(event, new Map())
      const bodies = wwebjs.bodies(yield* gather(event, wwebjs, device))
      return bodies.filter((body) => !disabled.includes(dataTypeOf(body)))
    }),
  live: () => Effect.succeed([])
})

/** `disabledCallbacks`: the data types that no client gets. */
export const liveRoutes = (disabledCallbacks: readonly string[]): readonly Route[] => {
  const wording = wordingWithout(disabledCallbacks)
  return [
    route({
      id: "sessionSocket",
      method: "GET",
      path: "/ws/:sessionId",
      tag: "wwebjs",
      summary: "Follow a session over a WebSocket",
      description:
        "Sends what happens from now on as `{dataType,data,sessionId}`, as wwebjs-api does. `message` is sent for messages of others, `message_create` for all. `media` holds files of up to 1 MB; larger ones are at `GET /v1/messages/:id/media`. The close codes and reasons are those of `/v1/stream`.",
      access: { for: "operator", scope: "read", keyInQuery: "apiKey" },
      params: Schema.Struct({
        sessionId: Schema.String.check(Schema.isPattern(/^[\w-]+$/)).annotate({
          description: "The name of a session of the operator, or the id of a device."
        })
      }),
      query: Schema.Struct({ apiKey: Schema.optionalKey(Schema.String) }),
      answers: { 101: nothing("The frames begin.") },
      failures: ["DeviceNotFound", "SessionNameUnfit", "TooManyStreams", "UpgradeNeeded"],
      examples: [],
      handle: () => new UpgradeNeeded(),
      webSocket: ({ principal, params: { sessionId }, raw }) =>
        Effect.gen(function* () {
          const { id } = yield* findSessionOrDevice(principal, sessionId)
          const following = yield* startFollowing(principal, { device: id, types: typesFor(principal) })
          onceClosed(raw, yield* takeStream(principal))
          return (client, stopping) => serveFeed({ following, wording, writer: webSocketWriter(client), stopping })
        })
    })
  ]
}
