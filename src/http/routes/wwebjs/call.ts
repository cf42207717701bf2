/**
 * A call of wwebjs-api: `<METHOD> <path>/:sessionId`, answered with `{"success":true,…}`. What is common to its 151 calls is here: the
 * key, the session, whether it is connected, and how failures are worded. A call adds its fields and what it does.
 */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { findSessionOrDevice } from "../../../application/device-access.ts"
import { linkedNumber, viewDevice } from "../../../application/device-view.ts"
import type { RequestKey } from "../../../application/idempotency.ts"
import { operate } from "../../../application/operations.ts"
import type { Operator } from "../../../application/principal.ts"
import type { Scope } from "../../../events/access.ts"
import type { Origin } from "../../../events/envelope.ts"
import type { Device } from "../../../store/devices.ts"
import type { InputOf, OperationName } from "../../../whatsapp/operations/catalog.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, type CommonFailure, type Example, json, type Method, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import type { Services } from "../../runtime.ts"
import { type Refusal, SessionNotConnected } from "./answers.ts"
import { SessionParams } from "./fields.ts"

/** Failures of calls, besides those that every route can have. */
export const callFailures = [
  ...askFailures,
  "ChatNotFound",
  "ContactNotFound",
  "FetchProblem",
  "FileTooLarge",
  "GroupNotFound",
  "MediaGone",
  "MediaUnusable",
  "MessageNotFound",
  "NoMedia",
  "OperationRefused",
  "OperationUnfit",
  "Refusal",
  "SessionNameUnfit",
  "SessionNotConnected"
] as const

type CallFailure = { readonly _tag: (typeof callFailures)[number] | CommonFailure }

/** What a call works on. */
export interface OnSession {
  readonly principal: Operator
  /** With the number that is linked, whether or not it was added with one. */
  readonly device: Device
  readonly origin: Origin
  readonly key: RequestKey | undefined
  readonly raw: FastifyRequest
}

export interface Call<Fields extends Schema.Struct.Fields> {
  /** The path without the session: its last part is the call's name. */
  readonly path: string
  readonly method?: Method
  readonly summary: string
  readonly scope?: Scope
  readonly fields?: Fields
  /** Larger than a small body, in bytes. */
  readonly bodyBytesMax?: number
  /** Also for a session that is not connected. */
  readonly whileDisconnected?: true
  /** The failure for a session that is not known; by default as for every call. */
  readonly whileUnknown?: Refusal
  /** The body of an example. */
  readonly example?: Readonly<Record<string, unknown>>
  /** Where it is not 200: the example names something that there is not. */
  readonly exampleStatus?: number
  /** What is answered after `success`. A field that is undefined is left out. */
  readonly run: (
    fields: Schema.Struct<Fields>["Type"],
    on: OnSession
  ) => Effect.Effect<Readonly<Record<string, unknown>>, CallFailure, Services>
}

export const Answer = Schema.Record(Schema.String, Schema.Json).annotate({
  identifier: "WwebjsAnswer",
  description: "`success` is true; what the call returns stands beside it."
})

/** A call, whatever its fields. */
export interface AnyCall {
  readonly path: string
  readonly scope: Scope
  readonly fields: Schema.Decoder<unknown>
  readonly run: (
    fields: unknown,
    on: OnSession
  ) => Effect.Effect<Readonly<Record<string, unknown>>, CallFailure, Services>
}

const calls = new WeakMap<Route, AnyCall>()

/** The call that a route was declared by; undefined for a route that is no call. */
export const callBehind = (declared: Route): AnyCall | undefined => calls.get(declared)

/** `wwebjs` and the path in camel case: `/client/getChats` is `wwebjsClientGetChats`. */
const idOf = (method: Method, path: string): string =>
  `wwebjs${method === "GET" ? "Get" : ""}${path.replace(/\/(\w)/g, (_all, first: string) => first.toUpperCase())}`

/** Declares a call. */
export const call = <Fields extends Schema.Struct.Fields>(declared: Call<Fields>): Route => {
  const { path, method = "POST", summary, scope = "read", fields, bodyBytesMax, run } = declared
  const { whileDisconnected = false, whileUnknown } = declared
  const example: Example = {
    params: { sessionId: EXAMPLE.sessionId },
    ...(declared.example === undefined ? {} : { body: declared.example }),
    status: declared.exampleStatus ?? 200
  }
  const made = route({
    id: idOf(method, path),
    method,
    path: `${path}/:sessionId`,
    tag: "wwebjs",
    summary,
    access: { for: "operator", scope },
    params: SessionParams,
    ...(fields === undefined ? {} : { body: Schema.Struct(fields) }),
    ...(bodyBytesMax === undefined ? {} : { bodyBytesMax }),
    answers: { 200: json("It is done.", Answer) },
    failures: callFailures,
    examples: [example],
    handle: ({ principal, params, body, origin, key, raw }) =>
      Effect.gen(function* () {
        const device = yield* (whileDisconnected ? findSessionOrDevice : connectedSession)(
          principal,
          params.sessionId
        ).pipe(Effect.catchTag("DeviceNotFound", (failure) => Effect.fail(whileUnknown ?? failure)))
        const given: Schema.Struct<Fields>["Type"] = body ?? {}
        const on = { principal, device: { ...device, number: linkedNumber(device) }, origin, key, raw }
        const answered = yield* run(given, on)
        return answer(200, { success: true, ...answered })
      })
  })
  calls.set(made, {
    path,
    scope,
    fields: Schema.Struct(fields ?? {}) as AnyCall["fields"],
    run: run as AnyCall["run"]
  })
  return made
}

/** A session of the operator that is connected. */
export const connectedSession = (principal: Operator, sessionId: string) =>
  Effect.gen(function* () {
    const device = yield* findSessionOrDevice(principal, sessionId)
    return (yield* viewDevice(device)).isReady ? device : yield* new SessionNotConnected()
  })

/** Carries an operation out on the session of a call. */
export const operateOn = <Name extends OperationName>(
  { device, origin, key }: OnSession,
  name: Name,
  input: InputOf<Name>
) => operate({ device, name, input, origin }, key)
