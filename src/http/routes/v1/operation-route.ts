/**
 * A route that carries one operation of the catalogue out. Its parameters, its body and its response are those of the operation; what a
 * route adds is its place in the API. The picture of an operation is a file of the body: in base64, or as a part of a form.
 */
import { Effect, Schema, SchemaAST } from "effect"
import { findDevice } from "../../../application/device-access.ts"
import type { RequestKey } from "../../../application/idempotency.ts"
import { operate } from "../../../application/operations.ts"
import { withSpooled } from "../../../application/spooled-file.ts"
import type { Principal } from "../../../application/principal.ts"
import { requireReady } from "../../../application/sending.ts"
import type { Origin } from "../../../events/envelope.ts"
import type { Device } from "../../../store/devices.ts"
import {
  type InputOf,
  type OperationName,
  operationNamed,
  type OutputOf
} from "../../../whatsapp/operations/catalog.ts"
import { askFailures } from "../../ask-failures.ts"
import type { CommonFailure, Example, Method, Route } from "../../declaration.ts"
import { answer, isFileBody, json, nothing, route } from "../../declaration.ts"
import type { Services } from "../../runtime.ts"
import { InvalidRequest } from "../../input.ts"
import type { FileBody } from "../../uploads/file-body.ts"
import { DeviceParams, type NoFields } from "./fields.ts"

export const operationFailures = [...askFailures, "OperationRefused", "OperationUnfit"] as const

type Given = Readonly<Record<string, unknown>>

/** What a route does once its operation is done: by fields of the body that are not the operation's, and with an answer of its own form. */
export interface Afterwards<Name extends OperationName> {
  readonly fields: Schema.Struct.Fields
  readonly output: Schema.Top
  readonly run: (
    output: OutputOf<Name>,
    given: Given,
    request: Asked
  ) => Effect.Effect<unknown, { readonly _tag: CommonFailure | OperationRouteFailure }, Services>
}

export interface Asked {
  readonly principal: Principal
  readonly device: Device
  readonly origin: Origin
  readonly key: RequestKey | undefined
}

export interface OperationRoute<Name extends OperationName> {
  readonly id: string
  readonly method: Method
  /** Below `/v1/devices/:id`. A parameter has the name of the operation's field that it fills. */
  readonly path: string
  readonly operation: Name
  readonly tag: string
  readonly description?: string
  /** The body, where it is not the fields of the operation that the path does not fill. */
  readonly body?: Schema.Struct<Schema.Struct.Fields> | typeof NoFields
  readonly query?: Schema.Struct<Schema.Struct.Fields>
  /** Parameters of the path that are no fields of the operation, or that a client gives in another form. */
  readonly params?: Schema.Struct.Fields
  /** The input, where it is not just what the client gave. `given`: parameters, query and body together. */
  readonly input?: (
    given: Given,
    request: { readonly principal: Principal; readonly deviceNumber: number }
  ) => Effect.Effect<InputOf<Name>, { readonly _tag: CommonFailure | OperationRouteFailure }, Services>
  readonly afterwards?: Afterwards<Name>
  readonly examples: readonly Example[]
}

/** What looking an input up may fail with. */
type OperationRouteFailure = "MessageNotFound" | "ChatNotFound" | "CallNotFound" | "OperationUnfit"

/** Declares the route. An operation without a result answers 204. */
export const operationRoute = <Name extends OperationName>(declared: OperationRoute<Name>): Route => {
  const { id, method, path, tag, description, examples, query } = declared
  const operation = operationNamed(declared.operation)
  const fields = operation.fields as Schema.Struct.Fields
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name)
  const inPath = names.map((name) => [name, declared.params?.[name] ?? fields[name] ?? Schema.String] as const)
  const hasResult = Object.keys((operation.output as unknown as { readonly fields: object }).fields).length > 0
  const { afterwards } = declared
  const inBodyToo = { ...fields, ...afterwards?.fields }
  const body = method === "GET" || method === "DELETE" ? undefined : bodyOf(inBodyToo, names, declared.body)
  return route({
    id,
    method,
    path: `/v1/devices/:id${path}`,
    tag,
    summary: operation.doc.replace(/\.$/, "").split(". ")[0] ?? "",
    description: [operation.doc, description].filter(Boolean).join(" "),
    access: { for: "principal", scope: operation.scope },
    params: Schema.Struct({ ...DeviceParams.fields, ...Object.fromEntries(inPath) }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    answers: hasResult
      ? { 200: json("What WhatsApp answered.", afterwards?.output ?? operation.output) }
      : { 204: nothing("It is done.") },
    failures: [
      ...operationFailures,
      "MessageNotFound",
      "ChatNotFound",
      "CallNotFound",
      ...(isFileBody(body) ? ["FileTooLarge"] : [])
    ],
    ...(isFileBody(body) ? { admitUpload } : {}),
    examples,
    handle: ({ principal, params: { id: reference, ...params }, query: inQuery, body: inBody, origin, key }) =>
      Effect.gen(function* () {
        const device = yield* findDevice(principal, reference)
        const { fields: inFields, file } = isFileBody(body)
          ? (inBody as unknown as Pick<FileBody, "fields" | "file">)
          : { fields: inBody as object, file: undefined }
        const given: Given = { ...params, ...(inQuery as object), ...inFields }
        const lookedUp = { principal, deviceNumber: device.deviceNumber }
        const input = declared.input
          ? yield* declared.input(given, lookedUp)
          : (without(given, afterwards?.fields ?? {}) as InputOf<Name>)
        const request = { device, name: declared.operation, origin }
        const output =
          file === undefined
            ? yield* operate({ ...request, input }, key)
            : yield* withSpooled(yield* readable(file), (picture) =>
                operate({ ...request, input: { ...input, [PICTURE]: picture } as InputOf<Name> }, key)
              )
        if (afterwards !== undefined) {
          const asked = { principal, device, origin, key }
          return answer(200, (yield* afterwards.run(output, given, asked)) as never)
        }
        return hasResult ? answer(200, output as never) : answer(204, undefined)
      })
  })
}

const without = (given: Given, fields: Schema.Struct.Fields): Given =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(fields, name)))

/** The field of an operation that is a file. */
const PICTURE = "picture"

/** What the path does not fill. */
const bodyOf = (
  fields: Schema.Struct.Fields,
  inPath: readonly string[],
  declared: Schema.Struct<Schema.Struct.Fields> | typeof NoFields | undefined
) => {
  const rest = Object.entries(fields).filter(([name]) => !inPath.includes(name) && name !== PICTURE)
  const { [PICTURE]: picture } = fields
  const others = declared ?? Schema.Struct(Object.fromEntries(rest))
  if (picture === undefined) return declared ?? (rest.length > 0 ? others : undefined)
  const isRequired = SchemaAST.isOptional(picture.ast) ? {} : { isRequired: true as const }
  return { file: PICTURE, part: PICTURE, ...isRequired, fields: others }
}

const readable = (file: NonNullable<FileBody["file"]>) => {
  const { problem } = file
  if (problem === undefined) return Effect.succeed(file)
  return problem._tag === "FileTooLarge"
    ? Effect.fail(problem)
    : Effect.fail(new InvalidRequest({ field: PICTURE, reason: "is not base64" }))
}

interface Uploader {
  readonly principal: Principal
  readonly params: Readonly<Record<string, string>>
}

/** Before the file is read. */
const admitUpload = ({ principal, params: { id = "" } }: Uploader) =>
  Effect.flatMap(findDevice(principal, id), (device) => requireReady(device))
