/** What the gateway answers by itself: that it is there, its documentation, and a receiver of webhooks for a first try. */
import { Effect, Schema } from "effect"
import { CallbackLog } from "../../../application/callback-log.ts"
import { answer, bytes, json, type Route, route } from "../../declaration.ts"

export interface LocalSettings {
  /** Where `/localCallbackExample` keeps what it takes; undefined: there is no such route. */
  readonly callbackDirectory: string | undefined
  readonly hasApiDocs: boolean
}

/** A callback can hold a file in base64. */
const CALLBACK_BYTES_MAX = 16_000_000

const tag = "wwebjs"
const Success = Schema.Struct({ success: Schema.Boolean })

export const localRoutes = ({ callbackDirectory, hasApiDocs }: LocalSettings): readonly Route[] => [
  route({
    id: "wwebjsPing",
    method: "GET",
    path: "/ping",
    tag,
    summary: "Ask whether the gateway is there",
    access: { for: "anyone" },
    answers: { 200: json("It is.", Schema.Struct({ ...Success.fields, message: Schema.String })) },
    examples: [{ status: 200 }],
    handle: () => Effect.succeed(answer(200, { success: true, message: "pong" }))
  }),
  ...(callbackDirectory === undefined ? [] : [callbackRoute(new CallbackLog(callbackDirectory))]),
  ...(hasApiDocs ? [redirect("/api-docs", "/docs/", "Open the documentation page")] : [])
]

const callbackRoute = (log: CallbackLog): Route =>
  route({
    id: "wwebjsLocalCallbackExample",
    method: "POST",
    path: "/localCallbackExample",
    tag,
    summary: "Keep a webhook in a file",
    description: "A receiver for a first try: appends the body to `message_log.txt` in the data directory.",
    access: { for: "operator", scope: "manage" },
    body: Schema.Json,
    bodyBytesMax: CALLBACK_BYTES_MAX,
    answers: { 200: json("It is kept.", Success) },
    examples: [{ body: { dataType: "ready", sessionId: "mi-sesion-01" }, status: 200 }],
    handle: ({ body }) => Effect.as(log.append(JSON.stringify(body)), answer(200, { success: true }))
  })

const redirect = (path: string, to: string, summary: string): Route =>
  route({
    id: `wwebjs${path.replaceAll(/\W/g, "")}`,
    method: "GET",
    path,
    tag,
    summary,
    access: { for: "anyone" },
    answers: { 302: bytes("The page is there.", "text/plain") },
    examples: [{ status: 302 }],
    handle: () => Effect.succeed(answer(302, "", { location: to }))
  })
