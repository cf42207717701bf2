/**
 * The HTTP server: plugins by concern, then the dialects. Sends commands, reads projections; no behaviour of its own.
 *
 * Keeps SEC-4 in its log: no header and no query string is ever written there.
 */
import { randomBytes } from "node:crypto"
import helmet from "@fastify/helmet"
import websocket from "@fastify/websocket"
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify"
import { encodeId } from "../events/ids.ts"
import { limitRequests } from "./plugins/limits.ts"
import { v1 } from "./routes/v1/api.ts"
import { CLIENT_FRAME_BYTES_MAX } from "./routes/v1/stream.ts"
import { whatsapp25 } from "./routes/whatsapp25/dialect.ts"
import type { HttpContext } from "./runtime.ts"

/** Bodies of everything but media. */
const BODY_BYTES_MAX = 1_000_000
/** From a request's first byte to its last. */
const REQUEST_MAX_MS = 120_000
const PARAM_MAX = 200

export const buildServer = async (context: HttpContext, logger: FastifyBaseLogger): Promise<FastifyInstance> => {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: proxyTrust(context.settings.trustProxy),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MAX_MS,
    routerOptions: { maxParamLength: PARAM_MAX },
    genReqId: () => `req_${encodeId(Date.now(), randomBytes(16))}`,
    return503OnClosing: true,
    forceCloseConnections: "idle"
  })
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, ip } = request
    const line = {
      reqId: request.id,
      method,
      route: routeOptions.url,
      ip,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime)
    }
    if (reply.statusCode >= 500) request.log.warn(line, "answered")
    else request.log.debug(line, "answered")
  })
  acceptEmptyJson(app)
  await app.register(helmet)
  await limitRequests(app, context.settings)
  await app.register(websocket, { options: { maxPayload: CLIENT_FRAME_BYTES_MAX } })
  await app.register(v1(context), { prefix: "/v1" })
  await app.register(whatsapp25(context))
  return app
}

/** A number trusts so many hops, counted from this server. */
const proxyTrust = (given: boolean | number | string) =>
  typeof given === "number" ? (_address: string, hop: number) => hop < given : given

/** Clients that announce JSON and send nothing mean an empty object. */
const acceptEmptyJson = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser("error", "error")
  app.removeContentTypeParser("application/json")
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, {})
    else void parse(request, String(body), done)
  })
}
