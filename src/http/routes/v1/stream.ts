/** /v1/stream: the log as a WebSocket, and the tickets that browsers open it with. */
import { Effect, Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { EventLog } from "../../../store/event-log.ts"
import type { Principal } from "../../access/accounts.ts"
import { authenticate } from "../../access/authentication.ts"
import { TICKET_MS, Tickets } from "../../access/tickets.ts"
import { deviceByReference } from "../../device-access.ts"
import { CLOSE, type Following, followOn } from "../../live.ts"
import type { HttpContext } from "../../runtime.ts"
import { After, read } from "./input.ts"
import { eventText } from "./representations.ts"

const StreamQuery = Schema.Struct({
  /** Without one, only what happens from now on. */
  after: After,
  device: Schema.optionalKey(Schema.String),
  /** Comma-separated event types. */
  types: Schema.optionalKey(Schema.String),
  ticket: Schema.optionalKey(Schema.String)
})

/** Frames that a client may send: none is expected. */
export const CLIENT_FRAME_BYTES_MAX = 1_024

export const streamRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  const tickets = new Tickets()

  app.post("/stream/ticket", async (request, reply) => {
    const principal = await run(authenticate(request, authentication))
    const now = Date.now()
    const ticket = tickets.issue(principal, now)
    return reply.code(201).send({ ticket, expiresAt: new Date(now + TICKET_MS).toISOString() })
  })

  /** Whoever may not follow is told so in plain HTTP, before the upgrade. */
  const admit = async (request: FastifyRequest): Promise<Admitted> => {
    const query = read(StreamQuery, request.query)
    const principal: Principal =
      query.ticket === undefined
        ? await run(authenticate(request, authentication))
        : tickets.redeem(query.ticket, Date.now())
    const device =
      query.device === undefined
        ? undefined
        : await run(deviceByReference(principal, query.device, { withRemoved: true }))
    const after = query.after ?? (await run(Effect.map(EventLog, (log) => log.end())))
    return { principal, after, device: device?.number_id, types: query.types?.split(",").filter(Boolean) }
  }

  app.get(
    "/stream",
    {
      websocket: true,
      preValidation: async (request) => {
        request.following = await admit(request)
      }
    },
    (socket, request) => {
      const { following } = request
      if (!following) {
        socket.close(CLOSE.stopping)
        return
      }
      run(followOn(socket, { ...following, frame: eventText })).catch((failure: unknown) => {
        request.log.error({ err: failure }, "a stream failed unexpectedly")
        socket.terminate()
      })
    }
  )
}

/** What a WebSocket was admitted to follow. */
type Admitted = Omit<Following, "frame">

declare module "fastify" {
  interface FastifyRequest {
    following?: Admitted
  }
}
