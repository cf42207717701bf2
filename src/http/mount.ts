/**
 * Mounts declared routes on Fastify: validates the input by their schemas, runs the handlers, and sends the declared responses.
 * Authentication and limits use the same declarations (plugins/).
 */
import { type Deferred, Result, type Schema } from "effect"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { WebSocket } from "ws"
import { commandKey, type RequestKey } from "../application/idempotency.ts"
import type { ConcurrencyLimit } from "../application/concurrency-limit.ts"
import { nameOf, originOf, type Principal } from "../application/principal.ts"
import {
  type AnswerDeclaration,
  type FileBodyDeclaration,
  isFileBody,
  JsonText,
  OtherType,
  type Route,
  type ServeSocket,
  WrittenByRoute
} from "./declaration.ts"
import type { Declared } from "./declared.ts"
import type { Dialect } from "./dialect.ts"
import type { Downloads } from "./downloads.ts"
import { InvalidRequest, missing, readInput, wrong } from "./input.ts"
import type { HttpContext } from "./context.ts"
import { selectByCredential } from "./selector.ts"
import { admitUploads } from "./uploads/admission.ts"
import { acceptFiles, type FileBody } from "./uploads/file-body.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** The routes declared for this method and path: one, or one of each dialect that shares it. */
    declared?: readonly Declared[]
  }
  interface FastifyRequest {
    /** The route that handles this request; undefined for unknown paths. */
    declared: Declared | undefined
    principal: Principal | undefined
    /** Serves the WebSocket that the client was admitted to. */
    serveSocket: ServeSocket | undefined
  }
}

export interface ServerContext extends HttpContext {
  /** Resolves when the gateway stops. */
  readonly stopping: Deferred.Deferred<void>
  readonly downloads: Downloads
  /** Uploads in progress, by client. */
  readonly uploads: ConcurrencyLimit
}

/** Registers every route of these dialects. */
export const mountRoutes = (app: FastifyInstance, context: ServerContext, dialects: readonly Dialect[]): void => {
  app.decorateRequest("declared", undefined)
  app.decorateRequest("principal", undefined)
  app.decorateRequest("serveSocket", undefined)
  app.setValidatorCompiler<Part>(
    ({ schema }) =>
      (given: unknown) =>
        schema.validate(given)
  )
  app.addHook("onRequest", async (request) => {
    const { declared } = request.routeOptions.config
    request.declared = declared && (declared.length === 1 ? declared[0] : selectByCredential(request, declared))
  })
  const all = dialects.flatMap((dialect) => dialect.routes.map((route) => ({ dialect, route })))
  const paths = all.flatMap((declared) => {
    const { method, path, aliases = [] } = declared.route
    return [path, ...aliases].map((each) => [`${method} ${each}`, declared] as const)
  })
  const byPath = Map.groupBy(paths, ([name]) => name)
  for (const [name, entries] of byPath) {
    const [, path = ""] = name.split(" ")
    mountOne(
      app,
      context,
      path,
      entries.map(([, declared]) => declared)
    )
  }
}

const mountOne = (app: FastifyInstance, context: ServerContext, path: string, declared: readonly Declared[]): void => {
  const [first] = declared
  if (first === undefined) return
  const { method, body, bodyBytesMax, isUnlimited, readsItself, webSocket } = first.route
  const register = (instance: FastifyInstance) =>
    instance.route({
      method,
      url: path,
      ...(bodyBytesMax === undefined ? {} : { bodyLimit: bodyBytesMax }),
      config: { declared, isStream: webSocket !== undefined, ...(isUnlimited ? { rateLimit: false } : {}) },
      // When dialects share the path, the input is validated once the dialect is known.
      ...(declared.length === 1 ? { schema: partsOf(first) } : {}),
      handler: async (request, reply) => handle(request, reply, context),
      ...(webSocket === undefined ? {} : socketHandlers(webSocket, context))
    })
  if (isFileBody(body)) {
    app.register(async (files) => {
      const { attachmentBytesMax } = context.settings
      acceptFiles(files, context.run, { field: body.file, part: body.part, attachmentBytesMax })
      admitUploads(files, context.run, context.uploads)
      register(files)
    })
  } else if (readsItself) {
    app.register(async (inner) => {
      inner.removeAllContentTypeParsers()
      inner.addContentTypeParser("*", (_request, _body, done) => done(null))
      register(inner)
    })
  } else register(app)
}

/** Refuses a client before the upgrade, with a plain HTTP response. */
const socketHandlers = (webSocket: NonNullable<Route["webSocket"]>, context: ServerContext) => ({
  preHandler: async (request: FastifyRequest, reply: FastifyReply) => {
    if (request.ws) request.serveSocket = await context.run(webSocket(inputOf(request, context)))
    else reply.header("upgrade", "websocket")
  },
  wsHandler: (socket: WebSocket, request: FastifyRequest) => {
    const { serveSocket } = request
    if (serveSocket === undefined) {
      socket.terminate()
      return
    }
    context.run(serveSocket(socket, context.stopping)).catch((failure: unknown) => {
      request.log.error({ err: failure }, "a WebSocket failed unexpectedly")
      socket.terminate()
    })
  }
})

/** One part of a request (params, query or body) with its schema. Problems become the dialect's own failure. */
class Part {
  readonly #dialect: Dialect
  readonly #schema: Schema.Top | FileBodyDeclaration<Schema.Top>

  constructor(dialect: Dialect, schema: Schema.Top | FileBodyDeclaration<Schema.Top>) {
    this.#dialect = dialect
    this.#schema = schema
  }

  /** The form that Fastify expects: the value, or the failure. */
  validate(given: unknown): { readonly value: unknown } | { readonly error: Error } {
    const { refuse } = this.#dialect
    if (!isFileBody(this.#schema)) {
      const read = this.#read(this.#schema, given)
      return Result.isFailure(read) ? { error: refuse(read.failure) } : { value: read.success }
    }
    const { fields: schema, file: name, isRequired = false } = this.#schema
    const { file, isForm = false, receive } = given as FileBody
    const { [name]: instead = null, ...fields } = (given as FileBody).fields
    const read = this.#read(schema, isForm ? withFlags(schema, fields) : fields)
    const problems = [
      ...(Result.isFailure(read) ? read.failure : []),
      ...(instead === null ? [] : [wrong(name, "must be a text in base64")]),
      ...(isRequired && file === undefined && instead === null ? [missing(name)] : [])
    ]
    const [first, ...more] = problems
    if (first) return { error: refuse([first, ...more]) }
    return { value: { fields: Result.getOrThrow(read), file, receive } }
  }

  #read(schema: Schema.Top, given: unknown) {
    const { prepare = (same) => same, excessFields } = this.#dialect
    return readInput(schema as Schema.Decoder<unknown>, prepare(given ?? {}), excessFields)
  }
}

/** In a form every field is a text. Those for which the schema has a Boolean are read as such. */
const withFlags = (
  schema: Schema.Top,
  fields: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> => {
  const { fields: declared } = schema as Schema.Top & Partial<Pick<Schema.Struct<Schema.Struct.Fields>, "fields">>
  const read = (name: string, given: unknown) =>
    declared?.[name]?.ast._tag === "Boolean" && (given === "true" || given === "false") ? given === "true" : given
  return Object.fromEntries(Object.entries(fields).map(([name, given]) => [name, read(name, given)]))
}

const partsOf = ({ dialect, route }: Declared): Readonly<Record<string, Part>> => {
  const { params, query, body } = route
  return {
    ...(params ? { params: new Part(dialect, params) } : {}),
    ...(query ? { querystring: new Part(dialect, query) } : {}),
    ...(body ? { body: new Part(dialect, body) } : {})
  }
}

const inputOf = (request: FastifyRequest, context: HttpContext) => {
  const { principal, params, query, body } = request
  const origin = originOf(request.id, principal ?? "anonymous")
  return { principal, params, query, body, origin, key: keyOf(request, context), raw: request }
}

const handle = async (request: FastifyRequest, reply: FastifyReply, context: ServerContext): Promise<unknown> => {
  const { declared } = request
  if (declared === undefined)
    throw new InvalidRequest({
      field: null,
      reason: "the request has the credentials of two APIs, and its body fits neither"
    })
  const { route } = declared
  if ((request.routeOptions.config.declared?.length ?? 0) > 1) validateShared(request, declared)
  const hungUp = new AbortController()
  const isInterruptible = route.method === "GET" || route.isInterruptible === true
  const hangUp = () => void (reply.raw.writableFinished || hungUp.abort())
  const { socket } = request.raw
  if (isInterruptible) {
    // The end of the client's side shows a few turns of the event loop before the close.
    // One listener for each request that the client has pipelined.
    socket.setMaxListeners(0).once("end", hangUp)
    reply.raw.once("close", hangUp)
  }
  if (route.isLong === true && request.principal) context.downloads.begin(request.principal, reply)
  try {
    const answer = (await context.run(route.handle(inputOf(request, context)), hungUp.signal)) as unknown as Answer
    if (answer.body instanceof WrittenByRoute) return handOver(reply, answer.body, context)
    return sendAnswer(reply, declared, answer, context)
  } catch (failure) {
    if (!hungUp.signal.aborted) throw failure
    return reply.hijack()
  } finally {
    socket.off("end", hangUp)
  }
}

/** Lets the route write the response, after the headers that plugins have set. */
const handOver = (reply: FastifyReply, { write }: WrittenByRoute, { run, stopping }: ServerContext): FastifyReply => {
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value)
  run(write(reply, stopping)).catch((failure: unknown) => {
    reply.log.error({ err: failure }, "a response failed unexpectedly")
    reply.raw.destroy()
  })
  return reply
}

/** Throws the same failure as Fastify's own validation. */
const validateShared = (request: FastifyRequest, declared: Declared): void => {
  for (const [name, part] of Object.entries(partsOf(declared))) {
    const where = (name === "querystring" ? "query" : name) as "params" | "query" | "body"
    const read = part.validate(request[where])
    if ("error" in read) throw read.error
    request[where] = read.value
  }
}

const KEY = /^[\x21-\x7e]{1,255}$/

/** The Idempotency-Key of the client; undefined when the request has none, or the route takes none. */
const keyOf = (request: FastifyRequest, { mac }: HttpContext): RequestKey | undefined => {
  const given = request.headers["idempotency-key"]
  const { body, declared, params, principal } = request
  if (given === undefined || declared?.route.method !== "POST") return undefined
  const { dialect, route } = declared
  const scope = principal ? nameOf(principal) : route.keyScope?.(body)
  if (scope === undefined) return undefined
  if (typeof given !== "string" || !KEY.test(given)) {
    const reason = "must be 1 to 255 visible ASCII characters"
    throw dialect.refuse([{ kind: "wrong", field: "Idempotency-Key", reason }])
  }
  const asked = isFileBody(route.body) ? [(body as FileBody).fields, (body as FileBody).file?.sha256] : (body ?? null)
  const command = commandKey(mac, { scope, key: given, request: [route.method, route.path, params, asked] })
  return { command, whileInProgress: dialect.whileInProgress }
}

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string | number>>
}

const sendAnswer = (
  reply: FastifyReply,
  { route }: Declared,
  { status, body, headers = {} }: Answer,
  { checkAnswer }: HttpContext
): FastifyReply => {
  const declaration = (route.answers as Readonly<Record<number, AnswerDeclaration>>)[status]
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  reply.code(status)
  if (declaration === undefined || declaration.body === "nothing") return reply.send()
  if ("mediaType" in declaration.body) return reply.send(body)
  if (body instanceof OtherType) return reply.type(body.mediaType).send(body.content)
  const text = body instanceof JsonText ? body.text : JSON.stringify(body)
  checkAnswer?.(route, declaration.body, text)
  return reply.header("content-type", "application/json; charset=utf-8").send(text)
}
