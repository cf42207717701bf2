/**
 * Socket.IO for the pages of the old gateway: `qr`, `status` and `message` of the devices of one user. It is a feed like the others, with
 * this dialect's words; docs/WHATSAPP25.md describes it for clients.
 */
import { readFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import QRCode from "qrcode"
import { listDevices } from "../../../application/devices.ts"
import { findDevice } from "../../../application/device-access.ts"
import { type Following, startFollowing } from "../../../application/live-feed.ts"
import type { Principal } from "../../../application/principal.ts"
import { readEvent } from "../../../events/catalog.ts"
import { deviceEvents } from "../../../events/device.ts"
import type { RecordedEvent } from "../../../events/envelope.ts"
import { bodyOf, numbered, numberOf, typeOf } from "../../../webhooks/formats/content.ts"
import { type KnownDevices, Tellings } from "../../../webhooks/telling.ts"
import { authenticateToken } from "../../authenticate.ts"
import { bearerToken } from "../../credentials.ts"
import { answer, bytes, nothing, type Route, route, WrittenByRoute } from "../../declaration.ts"
import { serveFeed, type Wording } from "../../feeds/feed.ts"
import { takeStream } from "../../feeds/open-streams.ts"
import type { Applicant, ServeClient, SocketFrame, SocketIoServer } from "../../feeds/socket-io.ts"
import { permitted } from "../../plugins/access-control.ts"
import { answerFailure, Refusal } from "./answers.ts"
import { LIST_MAX } from "./devices.ts"
import { stateWord } from "./words.ts"

const tag = "WHATSAPP25"
const PATH = "/socket.io/"
const TYPES = [...deviceEvents.map(({ type }) => type), "message.received", "pairing.qr"]

/** `qr` names the device and shows its QR, as `GET /api/qr` does. */
const qrFrame = (numero: string | null, text: string): Effect.Effect<SocketFrame> =>
  Effect.map(
    Effect.promise(() => QRCode.toDataURL(text)),
    (qr) => ({ name: "qr", body: { numero, qr } })
  )

const statusFrame = (numero: string | null, state: string, syncPercent: number | null): SocketFrame => {
  const isReady = state === "CONNECTED"
  const shown = state === "removed" ? "NONE" : stateWord({ state, syncPercent })
  return {
    name: "status",
    body: { numero, state: shown, ready: isReady, estado: isReady ? "conectado" : "desconectado" }
  }
}

/** The frames of an event: a change of the device's state, or a message that others sent. */
const framesOf = (recorded: RecordedEvent, number: string | null): readonly SocketFrame[] => {
  const event = readEvent(recorded)
  const { fromState, toState } = recorded
  if (event?.type === "message.received" && !event.data.fromMe) {
    const { messageId, chat, chatAlt, sentAt, content } = event.data
    const from = numbered(chat, chatAlt)
    const body = {
      numero: number,
      from: numberOf(from) ?? from,
      body: bodyOf(content),
      type: typeOf(content),
      timestamp: Math.floor(sentAt / 1_000),
      messageId
    }
    return [{ name: "message", body }]
  }
  const percent = event?.type === "sync.progressed" ? event.data.percent : null
  const isShown = toState !== null && (toState !== fromState || (percent !== null && toState === "LOADING"))
  return isShown ? [statusFrame(number, toState, percent)] : []
}

const wordingFor = ({ principal, after }: { principal: Principal; after: number | undefined }) => {
  /** The devices of the events so far. */
  const known: KnownDevices = new Map()
  const wording: Wording<SocketFrame, Effect.Services<ReturnType<typeof listDevices>> | Tellings> = {
    greeting: Effect.gen(function* () {
      const { devices } = yield* listDevices(principal, { after: 0, limit: LIST_MAX })
      // A client that continues learns of the states from the events that it missed.
      const states = after === undefined ? devices : []
      const shown = principal.scopes.includes("manage") ? devices : []
      return [
        ...states.map(({ number, state, syncPercent }) => statusFrame(number, state, syncPercent)),
        ...(yield* Effect.forEach(shown, ({ number, qr }) => (qr === null ? none : asList(qrFrame(number, qr))))).flat()
      ]
    }),
    event: (event) =>
      Effect.gen(function* () {
        // The number of a device that was added without one is known once it is paired.
        if (event.type === "device.paired" && event.device !== null) known.delete(event.device)
        const device = yield* (yield* Tellings).deviceOf(event, known)
        return device ? framesOf(event, device.number) : []
      }),
    live: (frame) =>
      frame.type === "pairing.qr"
        ? findDevice(principal, frame.device).pipe(
            Effect.flatMap(({ number }) => asList(qrFrame(number, frame.text))),
            Effect.catchTag("DeviceNotFound", () => none)
          )
        : none
  }
  return wording
}

const none = Effect.succeed<readonly SocketFrame[]>([])
const asList = <A>(one: Effect.Effect<A>): Effect.Effect<readonly A[]> => Effect.map(one, (each) => [each])

/** Admits a client with a user's token: as `auth.token`, in the query, or as a Bearer token. */
const admit = ({ request, auth, left }: Applicant) =>
  Effect.gen(function* () {
    const query = request.query as Readonly<Record<string, unknown>>
    const given = [auth.token, query.token].find((each): each is string => typeof each === "string" && each !== "")
    const principal = yield* authenticateToken(request, given?.replace(/^Bearer +/i, "") ?? bearerToken(request))
    yield* permitted(principal, { for: "user", scope: "read" })
    const after = yield* positionOf(auth.after ?? query.after)
    const following: Following = yield* startFollowing(principal, { after, types: TYPES })
    const giveBack = yield* takeStream(principal)
    yield* Effect.forkDetach(Effect.andThen(left, Effect.sync(giveBack)))
    const wording = wordingFor({ principal, after })
    const serve: ServeClient = (writer, stopping) => serveFeed({ following, wording, writer, stopping })
    return serve
  }).pipe(
    Effect.mapError((failure) => {
      const { status, body, headers } = answerFailure(failure, request)
      const retryAfter = headers["retry-after"]
      const data = { status, ...(retryAfter === undefined ? {} : { retryAfterSeconds: Number(retryAfter) }) }
      return { message: (body as { readonly error: string }).error, data }
    })
  )

/** The position of the last event that the client has. */
const positionOf = (given: unknown): Effect.Effect<number | undefined, Refusal> => {
  if (given === undefined || given === null || given === "") return Effect.succeed(undefined)
  const position = typeof given === "string" && /^\d{1,16}$/.test(given) ? Number(given) : given
  const isPosition = typeof position === "number" && Number.isSafeInteger(position) && position >= 0
  return isPosition ? Effect.succeed(position) : Effect.fail(new Refusal(400, "Datos inválidos", { field: "after" }))
}

const clientFiles = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js"] as const

export const liveRoutes = (): readonly Route[] => {
  let server: SocketIoServer | undefined
  /** Socket.IO takes 10 MB. It is loaded at the first request for it. */
  const opened = Effect.promise(async () => {
    const { SocketIoServer } = await import("../../feeds/socket-io.ts")
    return (server ??= new SocketIoServer(admit))
  })
  const write = ({ raw }: { readonly raw: FastifyRequest }) =>
    Effect.map(opened, (io) => answer(200, new WrittenByRoute(io.serveRequest(raw))))
  const access = { for: "anyone" } as const
  const query = Schema.Struct({
    EIO: Schema.optionalKey(Schema.Unknown),
    transport: Schema.optionalKey(Schema.Unknown),
    sid: Schema.optionalKey(Schema.Unknown),
    token: Schema.optionalKey(Schema.Unknown),
    after: Schema.optionalKey(Schema.Unknown)
  })
  const packets = bytes("Packets of the engine.", "text/plain")
  const refusal = bytes("The engine refuses the request.", "application/json")
  return [
    route({
      id: "socketIo",
      method: "GET",
      path: PATH,
      tag,
      summary: "Follow the devices of a user over Socket.IO",
      description:
        "For clients of Socket.IO 3 and 4. The client gives a user's token as `auth.token`, as `?token=` or as a Bearer token; without a valid one it is refused with `connect_error`. Events: `qr`, `status`, `message`; docs/WHATSAPP25.md describes them.",
      access,
      query,
      answers: { 101: nothing("The WebSocket begins."), 200: packets, 400: refusal },
      failures: ["Refusal"],
      examples: [{ query: { EIO: "4", transport: "polling" }, status: 200 }],
      handle: write,
      webSocket: ({ raw }) =>
        Effect.flatMap(opened, (io) => {
          const problem = io.upgradeProblem(raw)
          return problem === undefined
            ? Effect.succeed(io.serveUpgrade(raw))
            : Effect.fail(new Refusal(400, "Solicitud inválida", { details: problem }))
        })
    }),
    route({
      id: "socketIoPost",
      method: "POST",
      path: PATH,
      tag,
      summary: "Send packets over Socket.IO",
      access,
      query,
      readsItself: true,
      answers: { 200: packets, 400: refusal },
      examples: [{ query: { EIO: "4", transport: "polling" }, status: 400 }],
      handle: write
    }),
    ...clientFiles.map((file) =>
      route({
        id: `script ${file}`.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()),
        method: "GET",
        path: `${PATH}${file}`,
        tag,
        summary: "Get the script of the Socket.IO client",
        access,
        answers: { 200: bytes("The script.", "text/javascript") },
        examples: [{ status: 200 }],
        handle: () =>
          Effect.map(
            Effect.promise(() => readFile(new URL(`client-dist/${file}`, import.meta.resolve("socket.io")))),
            // Pages of allowed origins load it too.
            (script) => answer(200, script, { "content-type": "text/javascript; charset=utf-8", ...SHARED })
          )
      })
    )
  ]
}

const SHARED = { "cross-origin-resource-policy": "cross-origin" }
