/** /v1/stream: the log as a WebSocket, and the tickets that browsers open it with. */
import { Deferred, Effect, Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { Accounts } from "../../../store/accounts.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import { EventLog } from "../../../store/log/event-log.ts"
import { readableAfter } from "../../../store/log/log-start.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticate, TokenInvalid } from "../../access/authentication.ts"
import { Shares } from "../../access/shares.ts"
import { TICKET_MS, Tickets } from "../../access/tickets.ts"
import { deviceByReference } from "../../device-access.ts"
import { CLOSE, type Following, followOn, secretTypes } from "../../live.ts"
import { type HttpContext, whoIs } from "../../runtime.ts"
import { After, read, typesOf } from "./input.ts"
import { eventText } from "./representations.ts"

const StreamQuery = Schema.Struct({
  /** Without one, only what happens from now on. */
  after: After,
  device: Schema.optionalKey(Schema.String),
  /** Comma-separated event types; `pairing.qr` and `pairing.code` stand for the frames without a position. */
  types: Schema.optionalKey(Schema.String),
  ticket: Schema.optionalKey(Schema.String)
})

/** Rejection: what is here is a WebSocket. */
export class UpgradeNeeded extends Schema.TaggedError<UpgradeNeeded>()("UpgradeNeeded", {}) {
  override get message(): string {
    return "this is a WebSocket: connect with Upgrade: websocket"
  }
}

/** Rejection: another one can be opened when one of them ends. */
export class TooManyStreams extends Schema.TaggedError<TooManyStreams>()("TooManyStreams", { max: Schema.Int }) {
  override get message(): string {
    return `one may have ${this.max} streams open`
  }
}

/** Frames that a client may send: none is expected. */
export const CLIENT_FRAME_BYTES_MAX = 1_024

export const streamRoutes = (app: FastifyInstance, { run, authentication, settings }: HttpContext): void => {
  const streams = new Shares(settings.streamsPerUserMax)
  const tickets = new Tickets()
  const stopping = Deferred.makeUnsafe<void>()
  app.addHook("preClose", async () => {
    Effect.runSync(Deferred.succeed(stopping, undefined))
  })

  app.post("/stream/ticket", async (request, reply) => {
    const principal = await run(authenticate(request, authentication))
    const ticket = tickets.issue(principal, performance.now())
    return reply.code(201).send({ ticket, expiresAt: new Date(Date.now() + TICKET_MS).toISOString() })
  })

  /** Whoever may not follow is told so in plain HTTP, before the upgrade. */
  const admit = async (request: FastifyRequest): Promise<Admitted> => {
    const query = read(StreamQuery, request.query)
    const types = typesOf(query.types, secretTypes)
    const principal =
      query.ticket === undefined
        ? await run(authenticate(request, authentication))
        : await run(stillValid(tickets.redeem(query.ticket, performance.now())))
    const device =
      query.device === undefined
        ? undefined
        : await run(deviceByReference(principal, query.device, { withRemoved: true }))
    const after = await run(
      query.after === undefined ? Effect.map(EventLog, (log) => log.end()) : readableAfter(query.after)
    )
    takeStream(request, principal)
    return { principal, after, device: device?.number_id, types }
  }

  /** Given back with the connection, whatever becomes of the upgrade. */
  const takeStream = ({ raw: { socket } }: FastifyRequest, principal: Principal): void => {
    const giveBack = streams.take(whoIs(principal))
    if (!giveBack) throw new TooManyStreams({ max: settings.streamsPerUserMax })
    if (socket.destroyed) giveBack()
    else socket.once("close", giveBack)
  }

  app.route({
    method: "GET",
    url: "/stream",
    config: { isStream: true },
    preValidation: async (request, reply) => {
      if (request.ws) request.following = await admit(request)
      else reply.header("upgrade", "websocket")
    },
    handler: async () => {
      throw new UpgradeNeeded()
    },
    wsHandler: (socket, request) => {
      const { following } = request
      if (!following) {
        socket.close(CLOSE.stopping)
        return
      }
      run(followOn(socket, { ...following, frame: eventText, stopping })).catch((failure: unknown) => {
        request.log.error({ err: failure }, "a stream failed unexpectedly")
        socket.terminate()
      })
    }
  })
}

/** A ticket is worth no more than the token that it was given for. */
const stillValid = (principal: Principal): Effect.Effect<Principal, TokenInvalid | StoreUnavailable, Accounts> =>
  Effect.gen(function* () {
    if (principal.kind === "operator") return principal
    const accounts = yield* Accounts
    return (yield* accounts.isTokenValid(principal.tokenId)) ? principal : yield* new TokenInvalid()
  })

/** What a WebSocket was admitted to follow. */
type Admitted = Omit<Following, "frame">

declare module "fastify" {
  interface FastifyRequest {
    following?: Admitted
  }
}
