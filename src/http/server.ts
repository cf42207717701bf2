/**
 * The HTTP server: plugins by concern, then the dialects. Sends commands, reads projections; no behaviour of its own.
 *
 * Keeps SEC-4 in its log: no header and no query string is ever written there.
 */
import { randomBytes } from "node:crypto"
import helmet from "@fastify/helmet"
import websocket from "@fastify/websocket"
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController, type RouteOptions } from "fastify"
import { encodeId } from "../events/ids.ts"
import { limitRequests } from "./plugins/limits.ts"
import { answerUnreadable, answerUnroutable, refuseOtherUpgrades } from "./plugins/outside-routes.ts"
import { v1 } from "./routes/v1/api.ts"
import { CLIENT_FRAME_BYTES_MAX } from "./routes/v1/stream.ts"
import { whatsapp25 } from "./routes/whatsapp25/dialect.ts"
import type { HttpContext } from "./runtime.ts"

/** Bodies of everything but media. */
const BODY_BYTES_MAX = 1_000_000
/** From a request's first byte to its last. */
const REQUEST_MAX_MS = 120_000
const PARAM_MAX = 200

/** `onRoute` is told of every route. */
export const buildServer = async (
  context: HttpContext,
  logger: FastifyBaseLogger,
  onRoute: (route: RouteOptions) => void = () => {}
): Promise<FastifyInstance> => {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: proxyTrust(context.settings.trustProxy),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MAX_MS,
    routerOptions: { maxParamLength: PARAM_MAX },
    genReqId: () => `req_${encodeId(Date.now(), randomBytes(16))}`,
    frameworkErrors: answerUnroutable,
    clientErrorHandler: answerUnreadable,
    // What still arrives on an open connection is served, and its connection closed.
    return503OnClosing: false,
    forceCloseConnections: "idle"
  })
  app.addHook("onRoute", onRoute)
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
  closeWhenStopping(app)
  acceptOnlyJson(app)
  await app.register(helmet)
  await limitRequests(app, context.settings)
  await app.register(websocket, {
    options: { maxPayload: CLIENT_FRAME_BYTES_MAX },
    // Those who follow say goodbye themselves, with the last position.
    preClose: (done) => done(),
    // Whatever a client does to its socket is no mistake of ours.
    errorHandler: (failure, socket, request) => {
      request.log.debug({ reason: failure.message }, "a WebSocket failed")
      socket.terminate()
    }
  })
  refuseOtherUpgrades(app)
  await app.register(v1(context), { prefix: "/v1" })
  await app.register(whatsapp25(context))
  return app
}

/** A number trusts so many hops, counted from this server. */
const proxyTrust = (given: boolean | number | string) =>
  typeof given === "number" ? (_address: string, hop: number) => hop < given : given

/** Answers that are under way when the server closes are the last of their connections; otherwise those would be waited for. */
const closeWhenStopping = (app: FastifyInstance): void => {
  let isStopping = false
  app.addHook("preClose", async () => {
    isStopping = true
  })
  app.addHook("onSend", async (_request, reply, payload) => {
    if (isStopping) reply.header("connection", "close")
    return payload
  })
}

/** Bodies are JSON. Clients that announce it and send nothing mean an empty object. */
const acceptOnlyJson = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser("error", "error")
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, {})
    else void parse(request, String(body), done)
  })
}
