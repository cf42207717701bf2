/**
 * The HTTP server: one plugin for each concern, then the routes of all dialects. It has no behaviour of its own.
 *
 * It never logs a header or a query string. Keeps SEC-4.
 */
import { randomBytes } from "node:crypto"
import cors from "@fastify/cors"
import helmet from "@fastify/helmet"
import websocket from "@fastify/websocket"
import { Deferred, Effect } from "effect"
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify"
import { ConcurrencyLimit } from "../application/concurrency-limit.ts"
import { encodeId } from "../events/ids.ts"
import { type Dialect, sendFailure } from "./dialect.ts"
import { readDashboard } from "./dashboard-files.ts"
import { dialectsOf } from "./dialects.ts"
import { BodyText } from "./body-text.ts"
import { Downloads } from "./downloads.ts"
import { parseExactly } from "./exact-number.ts"
import { mountRoutes } from "./mount.ts"
import { boundBodies, SMALL_BODY_BYTES } from "./plugins/bodies.ts"
import { controlAccess, refuseUndeclared } from "./plugins/access-control.ts"
import { limitRequests } from "./plugins/limits.ts"
import {
  answerUnreadable,
  answerUnroutable,
  dialectOf,
  answerOddRequests,
  refuseOtherHosts,
  refuseOtherUpgrades
} from "./plugins/outside-routes.ts"
import type { HttpContext } from "./context.ts"

/** From a request's first byte to the end of its headers. */
const HEADERS_MAX_MS = 30_000
const PARAM_MAX = 200
/** Of one client, because an incomplete upload takes room on the disk. */
const UPLOADS_AT_ONCE = 8
/** The size of a frame that a client sends over a WebSocket. None is expected. */
const CLIENT_FRAME_BYTES_MAX = 1_024

export const buildServer = async (context: HttpContext, logger: FastifyBaseLogger): Promise<FastifyInstance> => {
  const { settings, version } = context
  const dashboard = readDashboard()
  if (dashboard === undefined)
    logger.warn(
      "the dashboard is not built, / shows the home page instead; run npm ci, without --omit=dev, to build it"
    )
  const dialects = dialectsOf({
    version,
    dashboard,
    hasSimulatedPhones: settings.network?.controlUrl !== undefined,
    sendAckTimeoutMs: settings.sendAckTimeoutMs,
    wwebjs: {
      ...settings.wwebjs,
      disabledCallbacks: settings.webhooks.disabledCallbacks,
      callbackDirectory: settings.wwebjs.hasLocalCallback ? settings.dataDirectory : undefined
    }
  })
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: proxyTrust(settings.trustProxy),
    bodyLimit: SMALL_BODY_BYTES,
    // Bodies have limits of their own (plugins/bodies.ts).
    requestTimeout: 0,
    http: { headersTimeout: HEADERS_MAX_MS, requireHostHeader: false },
    routerOptions: { maxParamLength: PARAM_MAX, ignoreTrailingSlash: true },
    genReqId: () => `req_${encodeId(Date.now(), randomBytes(16))}`,
    frameworkErrors: answerUnroutable(dialects),
    clientErrorHandler: answerUnreadable(dialects),
    // While the server closes, requests that arrive on an open connection are still served; then the connection is closed.
    return503OnClosing: false,
    forceCloseConnections: "idle"
  })
  logAnswers(app)
  forbidCaching(app)
  app.addHook("onRequest", async () => context.noteRequest())
  const stopping = noticeStop(app)
  answerFailures(app, dialects)
  acceptOnlyJson(app)
  takeUntypedForJson(app)
  refuseUndeclared(app)
  await app.register(helmet)
  const { allowedOrigins } = settings
  if (allowedOrigins.length > 0) await app.register(cors, corsFor(allowedOrigins))
  await limitRequests(app, settings)
  await app.register(websocket, {
    options: { maxPayload: CLIENT_FRAME_BYTES_MAX },
    // Streams close their sockets themselves, with the last position.
    preClose: (done) => done(),
    // An error of the client's socket is not a failure of the gateway.
    errorHandler: (failure, socket, request) => {
      request.log.debug({ reason: failure.message }, "a WebSocket failed")
      socket.terminate()
    }
  })
  refuseOtherUpgrades(app, allowedOrigins)
  refuseOtherHosts(app, settings)
  answerOddRequests(app, dialects)
  answerUnknownPaths(app, dialects)
  // Before the routes, whose own hooks need the principal.
  controlAccess(app, context)
  boundBodies(app, settings.bodyTimeoutMs)
  const downloads = new Downloads(settings.bodyTimeoutMs)
  mountRoutes(app, { ...context, stopping, downloads, uploads: new ConcurrencyLimit(UPLOADS_AT_ONCE) }, dialects)
  return app
}

const logAnswers = (app: FastifyInstance): void => {
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions, ip } = request
    const line = {
      method,
      route: routeOptions.url,
      ip,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime)
    }
    if (reply.statusCode >= 500) request.log.warn(line, "response sent")
    else request.log.debug(line, "response sent")
  })
}

/** Without this header browsers cache some responses, a 410 for good (RFC 9110, 15.5.11). A route may set another. */
const forbidCaching = (app: FastifyInstance): void => {
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("cache-control", "no-store")
  })
}

/** A number trusts that many proxies, counted from this server. */
const proxyTrust = (given: boolean | number | string) =>
  typeof given === "number" ? (_address: string, hop: number) => hop < given : given

/** The dialect of the route words the response to a failure. */
const answerFailures = (app: FastifyInstance, dialects: readonly Dialect[]): void => {
  app.setErrorHandler((failure, request, reply) => {
    const dialect = request.declared?.dialect ?? dialectOf(request.url, dialects)
    return sendFailure(reply, dialect, dialect.answer(failure, request))
  })
}

/** Before a body is read. */
const answerUnknownPaths = (app: FastifyInstance, dialects: readonly Dialect[]): void => {
  const limit = app.rateLimit()
  app.addHook("onRequest", async (request, reply) => {
    if (!request.is404) return undefined
    await limit.call(app, request, reply)
    const dialect = dialectOf(request.url, dialects)
    return sendFailure(reply, dialect, dialect.unknownRoute(request))
  })
}

/**
 * Resolves when the server begins to close. From then on each response closes its connection; otherwise the server would wait for
 * idle connections.
 */
const noticeStop = (app: FastifyInstance): Deferred.Deferred<void> => {
  const stopping = Deferred.makeUnsafe<void>()
  let isStopping = false
  app.addHook("preClose", async () => {
    isStopping = true
    Effect.runSync(Deferred.succeed(stopping, undefined))
  })
  app.addHook("onSend", async (_request, reply, payload) => {
    if (isStopping) reply.header("connection", "close")
    return payload
  })
  return stopping
}

const corsFor = (origins: readonly string[]) => ({
  origin: origins.includes("*") ? "*" : [...origins],
  methods: ["GET", "HEAD", "POST", "PUT", "DELETE"],
  allowedHeaders: ["authorization", "content-type", "idempotency-key", "if-range", "prefer", "range", "x-api-key"],
  exposedHeaders: [
    "accept-ranges",
    "content-disposition",
    "content-range",
    "location",
    "retry-after",
    "preference-applied"
  ],
  maxAge: 600
})

/** Bodies are JSON. An empty body with a JSON content type counts as an empty object. */
const acceptOnlyJson = (app: FastifyInstance): void => {
  const parse = app.getDefaultJsonParser("error", "error")
  app.removeAllContentTypeParsers()
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => {
    try {
      const text = new BodyText(request.headers["content-type"])
      const json = text.read(body as Buffer) + text.end()
      const isExact = request.declared?.dialect.numbersAreTexts === true
      if (json === "") done(null, {})
      else
        void parse(request, json, (failure, value) => done(failure, failure || !isExact ? value : parseExactly(json)))
    } catch (failure) {
      done(failure as Error)
    }
  })
}

/** Some clients name no content type. */
const takeUntypedForJson = (app: FastifyInstance): void => {
  app.addHook("onRequest", async ({ headers }) => {
    const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0
    if (hasBody && !headers["content-type"]) headers["content-type"] = "application/json"
  })
}
