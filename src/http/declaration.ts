/**
 * How a route is declared: what it is for, who may call it, what it takes and what it answers. Everything else follows from the
 * declaration: authentication and limits (plugins/), validation (input.ts), the answers of a dialect, and the OpenAPI document.
 *
 * A handler gets what was declared and answers what was declared, or fails with a failure whose tag is declared: anything else
 * does not compile.
 */
import type { Deferred, Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import type { WebSocket } from "ws"
import type { RequestKey } from "../application/idempotency.ts"
import type { Operator, Principal, User } from "../application/principal.ts"
import type { Scope } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import type { Services } from "./runtime.ts"
import type { GivenFile } from "./uploads/file-body.ts"

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * Who may call a route. `anyone`: no credential is asked for. The others need a credential of that kind, with the scope.
 * `ticket`: a principal's ticket will do as well (WebSockets of browsers).
 */
export type Access =
  | { readonly for: "anyone" }
  | { readonly for: "user" | "operator" | "principal"; readonly scope: Scope; readonly ticket?: true }

type PrincipalOf<A extends Access> = A["for"] extends "user"
  ? User
  : A["for"] extends "operator"
    ? Operator
    : A["for"] extends "principal"
      ? Principal
      : undefined

/** One answer of a route: JSON by its schema, nothing, or bytes of a media type. */
export interface AnswerDeclaration {
  readonly description: string
  readonly body: Schema.Top | "nothing" | { readonly mediaType: string }
}

type AnswerBody<D extends AnswerDeclaration> = D["body"] extends Schema.Top
  ? /** JSON text is sent as it stands. */ D["body"]["Encoded"] | JsonText
  : D["body"] extends "nothing"
    ? undefined
    : unknown

/** JSON that is written already; it is checked against the declaration in tests. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What a handler answers: one of the declared statuses with its body. */
export type AnswerTo<Answers> = {
  readonly [Status in keyof Answers]: {
    readonly status: Status
    readonly body: Answers[Status] extends AnswerDeclaration ? AnswerBody<Answers[Status]> : never
    readonly headers?: Readonly<Record<string, string | number>>
  }
}[keyof Answers]

/** An answer of a handler. */
export const answer = <const Status extends number, Body = undefined>(
  status: Status,
  body?: Body,
  headers: Readonly<Record<string, string | number>> = {}
) => ({ status, body: body as Body, headers })

/** A body of which one field is a file in base64; the file goes to disk as it arrives. */
export interface FileBodyDeclaration<Fields extends Schema.Top> {
  /** The name of the field that holds the file. */
  readonly file: string
  /** A body without the file is refused, like one without another field. */
  readonly isRequired?: true
  readonly fields: Fields
}

type BodyDeclaration = Schema.Top | FileBodyDeclaration<Schema.Top>

type BodyOf<B> = B extends Schema.Top
  ? B["Type"]
  : B extends FileBodyDeclaration<infer Fields>
    ? { readonly fields: Fields["Type"]; readonly file: GivenFile | undefined }
    : undefined

/** Failures that every route may meet; the dialects have answers for them. */
export type CommonFailure =
  | "InvalidRequest"
  | "TokenMissing"
  | "TokenInvalid"
  | "ScopeMissing"
  | "OperatorOnly"
  | "TooManyFailures"
  | "TooManyReadings"
  | "TooManyUploads"
  | "TooManyRequests"
  | "StoreUnavailable"
  | KeyFailure

/** What an Idempotency-Key can fail with, on every POST. A key that is claimed while a request runs has been answered by then. */
export type KeyFailure = "KeyReused" | "KeyInUse" | "TooManyKeys" | "DuplicateKey"

export interface RouteRequest<A extends Access, P, Q, B> {
  readonly principal: PrincipalOf<A>
  readonly params: P
  readonly query: Q
  readonly body: B
  /** Of the events that the request causes. */
  readonly origin: Origin
  /** The request's Idempotency-Key, on POST. */
  readonly key: RequestKey | undefined
  readonly raw: FastifyRequest
}

/** A request as a client would send it, which a test sends. */
export interface Example {
  readonly name?: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The status that the example is answered with, on a gateway as the examples' test sets it up. */
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
  /** Names the operation in the API's documentation and in generated clients. */
  readonly id: string
  readonly method: Method
  /** With `:name` for each of `params`. */
  readonly path: string
  /** Other paths that mean the same; they are not documented. */
  readonly aliases?: readonly string[]
  /** One line for the API's documentation, and below it what a client has to know. */
  readonly summary: string
  readonly description?: string
  /** The group in the API's documentation. */
  readonly tag: string
  readonly access: A
  readonly params?: P
  readonly query?: Q
  readonly body?: B
  /** Request headers that the route reads, with what each is for. */
  readonly headers?: Readonly<Record<string, string>>
  readonly answers: Answers
  /** Tags of the failures that it may answer, beside the common ones. */
  readonly failures?: readonly Failures[]
  readonly examples: readonly Example[]
  /** Of a body without a file, in bytes; 16 KB where it is not declared. */
  readonly bodyBytesMax?: number
  /** Not counted by the limit of requests: a load balancer asks here. */
  readonly isUnlimited?: true
  /** The response can be long: a client has a few of them in progress, and reads them. */
  readonly isLong?: true
  /** Where another dialect has the same path, and a request brings credentials for both: whether this body is of this route. */
  readonly speaks?: (body: unknown) => boolean
  /** Where the client is not authenticated: to whom an Idempotency-Key belongs. */
  readonly keyScope?: (body: BodyOf<B>) => string
  /** When the client hangs up, the handler is interrupted. By default for GET only. */
  readonly isInterruptible?: true
  /** For a route that takes a file: whether a large one is read at all. Runs before the body is read. */
  readonly admitUpload?: (
    request: Pick<RouteRequest<A, P, Q, B>, "principal"> & { readonly params: Readonly<Record<string, string>> }
  ) => Effect.Effect<void, { readonly _tag: Failures | CommonFailure }, Services>
  readonly handle: (
    request: RouteRequest<A, P["Type"], Q["Type"], BodyOf<B>>
  ) => Effect.Effect<AnswerTo<Answers>, { readonly _tag: Failures | CommonFailure }, Services>
  /** For a request that asks for a WebSocket; `handle` answers all others. */
  readonly webSocket?: (
    request: RouteRequest<A, P["Type"], Q["Type"], BodyOf<B>>
  ) => Effect.Effect<ServeSocket, { readonly _tag: Failures | CommonFailure }, Services>
}

/** Serves a WebSocket whose client was admitted, until either side ends it. `stopping` is done when the gateway stops. */
export type ServeSocket = (socket: WebSocket, stopping: Deferred.Deferred<void>) => Effect.Effect<void, never, Services>

/** Any declared route. */
// oxlint-disable-next-line typescript/no-explicit-any -- a list of routes forgets what each of them takes
export type Route = RouteDeclaration<any, any, any, any, any, any>

/** Declares a route; types follow from the declaration. */
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

/** An answer in JSON. */
export const json = <S extends Schema.Top>(description: string, body: S) => ({ description, body })
export const nothing = (description: string) => ({ description, body: "nothing" as const })
export const bytes = (description: string, mediaType: string) => ({ description, body: { mediaType } })

export const isFileBody = (body: unknown): body is FileBodyDeclaration<Schema.Top> =>
  typeof body === "object" && body !== null && "file" in body && "fields" in body
