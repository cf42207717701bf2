/**
 * A route's declaration: what it is for, who may call it, what it takes and how it responds. Everything else follows from it:
 * authentication and limits (plugins/), validation (input.ts), the dialect's responses, and the OpenAPI document.
 *
 * A handler gets the declared input, and either returns a declared response or fails with a declared failure. Anything else does not
 * compile.
 */
import type { Deferred, Effect, Schema } from "effect"
import type { FastifyReply, FastifyRequest } from "fastify"
import type { WebSocket } from "ws"
import type { RequestKey } from "../application/idempotency.ts"
import type { Operator, Principal, User } from "../application/principal.ts"
import type { Scope } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import type { Services } from "./runtime.ts"
import type { FileBody } from "./uploads/file-body.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * Who may call a route. `anyone`: no credential is needed. The others need a credential of that kind with the scope. `ticket`: a
 * ticket is accepted as well, for WebSockets of browsers. `keyInQuery`: the operator's key is accepted in this query parameter as well, for the same
 * reason. `allDevices`: a token that is limited to certain devices is refused.
 */
export type Access =
  | { readonly for: "anyone" }
  | {
      readonly for: "user" | "operator" | "principal"
      readonly scope: Scope
      readonly ticket?: true
      readonly keyInQuery?: string
      readonly allDevices?: true
    }

type PrincipalOf<A extends Access> = A["for"] extends "user"
  ? User
  : A["for"] extends "operator"
    ? Operator
    : A["for"] extends "principal"
      ? Principal
      : undefined

/** One response of a route: JSON by its schema, no body, or bytes of a media type. */
export interface AnswerDeclaration {
  readonly description: string
  readonly body: Schema.Top | "nothing" | { readonly mediaType: string }
  /** Media types in which a client can ask for the same instead of JSON. */
  readonly otherTypes?: readonly string[]
}

type AnswerBody<D extends AnswerDeclaration> = D["body"] extends Schema.Top
  ?
      | /** JsonText is sent unchanged. */ D["body"]["Encoded"]
      | JsonText
      | (D extends { readonly otherTypes: readonly string[] } ? OtherType : never)
  : D["body"] extends "nothing"
    ? undefined
    : unknown

/** The media type of Server-Sent Events. */
export const EVENT_STREAM = "text/event-stream"

/** JSON text that needs no serialization. Tests check it against the declaration. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/**
 * The body of a response that the route writes itself, such as one without an end. Called once the request is admitted, with the headers
 * that every response has already set. `stopping` resolves when the gateway stops.
 */
export class WrittenByRoute {
  readonly write: (reply: FastifyReply, stopping: Deferred.Deferred<void>) => Effect.Effect<void, never, Services>
  constructor(write: WrittenByRoute["write"]) {
    this.write = write
  }
}

/** The response in one of the `otherTypes` of its declaration. */
export class OtherType {
  readonly mediaType: string
  readonly content: string | Buffer
  constructor(mediaType: string, content: string | Buffer) {
    this.mediaType = mediaType
    this.content = content
  }
}

/** What a handler returns: one of the declared statuses with its body. */
export type AnswerTo<Answers> = {
  readonly [Status in keyof Answers]: {
    readonly status: Status
    readonly body: Answers[Status] extends AnswerDeclaration ? AnswerBody<Answers[Status]> : never
    readonly headers?: Readonly<Record<string, string | number>>
  }
}[keyof Answers]

/** Makes a handler's response. */
export const answer = <const Status extends number, Body = undefined>(
  status: Status,
  body?: Body,
  headers: Readonly<Record<string, string | number>> = {}
) => ({ status, body: body as Body, headers })

/** A JSON body with a file in base64 as one of its fields, or a form with the file as a part. The file is written to disk while it arrives. */
export interface FileBodyDeclaration<Fields extends Schema.Top> {
  /** The name of the field with the file. */
  readonly file: string
  /** The name of the part with the file, if forms (multipart/form-data) are accepted. Their fields are texts; `true` and `false` are flags. */
  readonly part?: string
  /** The file is required, like any other required field. */
  readonly isRequired?: true
  readonly fields: Fields
}

type BodyDeclaration = Schema.Top | FileBodyDeclaration<Schema.Top>

type BodyOf<B> = B extends Schema.Top
  ? B["Type"]
  : B extends FileBodyDeclaration<infer Fields>
    ? { readonly fields: Fields["Type"] } & Pick<FileBody, "file" | "receive">
    : undefined

/** Failures that every route can have. Each dialect has a response for them. */
export type CommonFailure =
  | "InvalidRequest"
  | "TokenMissing"
  | "TokenInvalid"
  | "ScopeMissing"
  | "DeviceSetLimited"
  | "OperatorOnly"
  | "TooManyFailures"
  | "TooManyReadings"
  | "TooManyUploads"
  | "TooManyRequests"
  | "StoreUnavailable"
  | KeyFailure

/** What an Idempotency-Key can fail with, on every POST. DuplicateKey: another request claimed the key in the meantime. */
export type KeyFailure = "KeyReused" | "KeyInUse" | "TooManyKeys" | "DuplicateKey"

export interface RouteRequest<A extends Access, P, Q, B> {
  readonly principal: PrincipalOf<A>
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The origin of the events that the request causes. */
  readonly origin: Origin
  /** The request's Idempotency-Key; POST only. */
  readonly key: RequestKey | undefined
  readonly raw: FastifyRequest
}

/** A sample request for the documentation. A test sends it. */
export interface Example {
  readonly name?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The status of the response, on a gateway as documented-examples.test.ts prepares it. */
  readonly status: number
}

export interface RouteDeclaration<
  A extends Access = Access,
  P extends Schema.Top = Schema.Top,
  Q extends Schema.Top = Schema.Top,
  B extends BodyDeclaration = BodyDeclaration,
  Answers = Readonly<Record<number, AnswerDeclaration>>,
  Failures extends string = string
> {
  /** The operation's name in the API documentation and in generated clients. */
  readonly id: string
  readonly method: Method
  /** Contains `:name` for each of `params`. */
  readonly path: string
  /** Further paths of the same route. They are not documented. */
  readonly aliases?: readonly string[]
  /** `summary` is one line of the API documentation, `description` the text below it. */
  readonly summary: string
  readonly description?: string
  /** The route's group in the API documentation. */
  readonly tag: string
  readonly access: A
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Request headers that the route reads, with their descriptions. */
  readonly headers?: Readonly<Record<string, string>>
  readonly answers: Answers
  /** Tags of the failures that the route can have, besides the common ones. */
  readonly failures?: readonly Failures[]
  readonly examples: readonly Example[]
  /** The size limit of a body without a file, in bytes; 16 KB by default. */
  readonly bodyBytesMax?: number
  /** The route reads the request's body itself, of any content type and within limits of its own. */
  readonly readsItself?: true
  /** Exempts the route from the rate limit, for load balancers. */
  readonly isUnlimited?: true
  /** The response can be long: a client may have a few in progress, and must read them. */
  readonly isLong?: true
  /** For a path that another dialect shares: whether this body is meant for this route. Asked when a request has credentials for both. */
  readonly speaks?: (body: unknown) => boolean
  /** For a route without authentication: the client that an Idempotency-Key belongs to. */
  readonly keyScope?: (body: BodyOf<B>) => string
  /** Interrupts the handler when the client hangs up. By default only for GET. */
  readonly isInterruptible?: true
  /** For a route with a file: whether a large file may be uploaded. Runs before the body is read. */
  readonly admitUpload?: (
    request: Pick<RouteRequest<A, P, Q, B>, "principal"> & { readonly params: Readonly<Record<string, string>> }
  ) => Effect.Effect<void, { readonly _tag: Failures | CommonFailure }, Services>
  readonly handle: (
    request: RouteRequest<A, P["Type"], Q["Type"], BodyOf<B>>
  ) => Effect.Effect<AnswerTo<Answers>, { readonly _tag: Failures | CommonFailure }, Services>
  /** Handles a request for a WebSocket; `handle` handles all others. */
  readonly webSocket?: (
    request: RouteRequest<A, P["Type"], Q["Type"], BodyOf<B>>
  ) => Effect.Effect<ServeSocket, { readonly _tag: Failures | CommonFailure }, Services>
}

/** Serves an admitted WebSocket until either side ends it. `stopping` resolves when the gateway stops. */
export type ServeSocket = (socket: WebSocket, stopping: Deferred.Deferred<void>) => Effect.Effect<void, never, Services>

/** Any declared route. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of routes forgets what each of them takes
export type Route = RouteDeclaration<any, any, any, any, any, any>

/** Declares a route. Its types follow from the declaration. */
export const route = <
  const A extends Access,
  const Answers extends Readonly<Record<number, AnswerDeclaration>>,
  P extends Schema.Top = Schema.Never,
  Q extends Schema.Top = Schema.Never,
  B extends BodyDeclaration = never,
  const Failures extends string = never
>(
  declaration: RouteDeclaration<A, P, Q, B, Answers, Failures>
): Route => declaration

/** A JSON response. */
export const json = <S extends Schema.Top>(description: string, body: S) => ({ description, body })
/** A JSON response that clients can also have in other media types. */
export const jsonOr = <S extends Schema.Top>(description: string, body: S, otherTypes: readonly string[]) => ({
  description,
  body,
  otherTypes
})
export const nothing = (description: string) => ({ description, body: "nothing" as const })
export const bytes = (description: string, mediaType: string) => ({ description, body: { mediaType } })

export const isFileBody = (body: unknown): body is FileBodyDeclaration<Schema.Top> =>
  typeof body === "object" && body !== null && "file" in body && "fields" in body
