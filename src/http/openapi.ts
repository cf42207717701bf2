/**
 * Generates the OpenAPI 3.1 document of all dialects from the route declarations: it documents what is declared, and nothing else.
 */
import { STATUS_CODES } from "node:http"
import { Schema } from "effect"
import { type Access, type AnswerDeclaration, type FileBodyDeclaration, isFileBody, type Route } from "./declaration.ts"
import type { Dialect } from "./dialect.ts"

type Json = { readonly [key: string]: unknown }

/** Failures that a route can have without declaring them. */
const commonOf = ({ access, method, isLong, body }: Route): readonly string[] => [
  "InvalidRequest",
  ...(access.for === "anyone" ? [] : ["TokenMissing", "TokenInvalid", "ScopeMissing"]),
  ...(access.for === "operator" ? ["OperatorOnly"] : []),
  ...(access.for !== "anyone" && access.allDevices === true ? ["DeviceSetLimited"] : []),
  ...(method === "POST" ? ["KeyReused", "KeyInUse"] : []),
  ...(isLong === true ? ["TooManyReadings"] : []),
  ...(isFileBody(body) ? ["TooManyUploads"] : []),
  ...(body ? ["BodyTimeout"] : []),
  "TooManyRequests",
  "StoreUnavailable"
]

export const openApiDocument = (dialects: readonly Dialect[], version: string): Json => {
  const components: Record<string, unknown> = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const dialect of dialects) {
    components[dialect.failureName] = dialect.failureSchema
    for (const route of dialect.routes) {
      const path = route.path.replace(/:(\w+)/g, "{$1}")
      const operations = (paths[path] ??= {})
      const method = route.method.toLowerCase()
      const own = operation(dialect, route, components)
      const other = operations[method]
      operations[method] = other === undefined ? own : either(other as Operation, own)
    }
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Bitácora",
      version,
      description:
        "A WhatsApp gateway for many devices with an append-only event log. `/v1` is its own API; the other paths serve clients of existing APIs.",
      license: { name: "MIT", identifier: "MIT" }
    },
    tags: dialects.flatMap((dialect) =>
      [...new Set(dialect.routes.map(({ tag }) => tag))].map((name) => ({ name, description: dialect.description }))
    ),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "A user's access token, or a token of the operator." },
        operatorKey: { type: "apiKey", in: "header", name: "X-API-Key", description: "The operator's key." }
      }
    }
  }
}

interface Operation extends Json {
  readonly tags: readonly string[]
  readonly summary: string
  readonly description: string
  readonly security: readonly Json[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content & { readonly description: string }>>
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Json; readonly examples?: Json }>>
}

/** OpenAPI allows one operation per method and path. For a path that two dialects share it is what either of them takes and answers. */
const either = (one: Operation, other: Operation): Operation => {
  const statuses = new Set([...Object.keys(one.responses), ...Object.keys(other.responses)])
  return {
    ...one,
    tags: [...one.tags, ...other.tags],
    summary: `${one.summary}; or: ${other.summary}`,
    description: [one, other].map(({ tags: [tag], description }) => `**${tag}**: ${description}`).join("\n\n"),
    security: [...one.security, ...other.security],
    ...(one.requestBody ? { requestBody: eitherContent(one.requestBody, other.requestBody) } : {}),
    responses: Object.fromEntries(
      [...statuses].map((status) => {
        const [here, there] = [one.responses[status], other.responses[status]]
        const description = [here, there].flatMap((each) => each?.description ?? []).join(" · ")
        return [status, { ...eitherContent(here, there), description }]
      })
    )
  }
}

const eitherContent = (one: Content | undefined, other: Content | undefined): Content => {
  const [here, there] = [one?.content?.[JSON_TYPE], other?.content?.[JSON_TYPE]]
  if (here === undefined || there === undefined) return one ?? other ?? {}
  const examples = { ...here.examples, ...there.examples }
  const schema = { anyOf: [here.schema ?? {}, there.schema ?? {}] }
  return {
    content: { ...one?.content, [JSON_TYPE]: { schema, ...(Object.keys(examples).length > 0 ? { examples } : {}) } }
  }
}

const JSON_TYPE = "application/json"

const operation = (dialect: Dialect, route: Route, components: Record<string, unknown>): Operation => {
  const { id, tag, summary, description, access, body } = route
  const scope = access.for === "anyone" ? [] : [`Requires the scope \`${access.scope}\`${whoOf(access)}.`]
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [...(description === undefined ? [] : [description]), ...scope].join("\n\n"),
    security: securityOf(access),
    parameters: parametersOf(route, components),
    ...(body ? { requestBody: bodyOf(route, dialect, components) } : {}),
    responses: { ...answersOf(route, components), ...failuresOf(dialect, route) }
  }
}

const whoOf = (access: Exclude<Access, { for: "anyone" }>): string =>
  access.for === "operator" ? " and the operator's key or token" : access.for === "user" ? " and a user's token" : ""

const securityOf = (access: Access): readonly Json[] => {
  switch (access.for) {
    case "anyone":
      return []
    case "user":
      return [{ token: [] }]
    case "operator":
    case "principal":
      return [{ token: [] }, { operatorKey: [] }]
  }
}

const parametersOf = (route: Route, components: Record<string, unknown>): readonly Json[] => {
  const { headers = {}, method, access, keyScope } = route
  const [example] = route.examples
  const takesKey = method === "POST" && (access.for !== "anyone" || keyScope !== undefined)
  const keyText =
    "A unique value of your choice. A repeat with the same key and body within 24 hours is not carried out again; the response describes what the first request created."
  return [
    ...fieldsOf(route.params, "path", example?.params, components),
    ...fieldsOf(route.query, "query", example?.query, components),
    ...Object.entries({
      ...(headers as Record<string, string>),
      ...(takesKey ? { "Idempotency-Key": keyText } : {})
    }).map(([name, description]) => ({ name, in: "header", description, schema: { type: "string" } }))
  ]
}

const fieldsOf = (
  schema: Schema.Top | undefined,
  where: "path" | "query",
  example: Readonly<Record<string, string>> | undefined,
  components: Record<string, unknown>
): readonly Json[] => {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = jsonSchemaOf(schema, components) as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  // JSON leaves out undefined fields.
  return Object.entries(properties).map(([name, { description, ...type }]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    description,
    schema: type,
    example: example?.[name]
  }))
}

const bodyOf = ({ body, examples }: Route, { excessFields }: Dialect, components: Record<string, unknown>): Json => {
  const read = isFileBody(body)
    ? withFile(jsonSchemaOf(body.fields, components), body)
    : jsonSchemaOf(body as Schema.Top, components)
  const schema = { ...read, additionalProperties: excessFields === "ignore" }
  const given = examples.filter((example) => example.body !== undefined)
  const named = Object.fromEntries(
    given.map(({ name, body: value }, index) => [name ?? `example ${index + 1}`, { value }])
  )
  const form =
    isFileBody(body) && body.part !== undefined
      ? { "multipart/form-data": { schema: { ...asForm(schema, body, body.part) } } }
      : {}
  return { content: { "application/json": { schema, ...(given.length > 0 ? { examples: named } : {}) }, ...form } }
}

/** The file is a part of its own, without base64. */
const asForm = (schema: Json, { file }: FileBodyDeclaration<Schema.Top>, part: string): Json => {
  const { properties, required = [] } = schema as { properties?: Json; required?: readonly string[] }
  const { [file]: _base64, ...fields } = properties ?? {}
  const media = { type: "string", contentMediaType: "application/octet-stream", description: "The file." }
  return {
    ...schema,
    properties: { ...fields, [part]: media },
    required: required.map((name) => (name === file ? part : name))
  }
}

/** Adds the field with the file to each form that the body can have. */
const withFile = (fields: Json, body: FileBodyDeclaration<Schema.Top>): Json => {
  const { file, isRequired = false } = body
  const media = { type: "string", description: "The file in base64. A data URI prefix is ignored." }
  const {
    anyOf,
    properties,
    required = []
  } = fields as {
    anyOf?: readonly Json[]
    properties?: Json
    required?: readonly string[]
  }
  if (anyOf) return { ...fields, anyOf: anyOf.map((each) => withFile(each, body)) }
  return {
    ...fields,
    properties: { ...properties, [file]: media },
    required: isRequired ? [...required, file] : required
  }
}

const answersOf = ({ answers }: Route, components: Record<string, unknown>): Operation["responses"] =>
  Object.fromEntries(
    Object.entries(answers as Readonly<Record<string, AnswerDeclaration>>).map(([status, declaration]) => {
      const { description, body, otherTypes = [] } = declaration
      if (body === "nothing") return [status, { description }]
      const others = Object.fromEntries(otherTypes.map((type) => [type, {}]))
      const content =
        "mediaType" in body
          ? { [body.mediaType]: {} }
          : { "application/json": { schema: jsonSchemaOf(body, components) }, ...others }
      return [status, { description, content }]
    })
  )

const failuresOf = (dialect: Dialect, route: Route): Operation["responses"] => {
  const tags = [...commonOf(route), ...((route.failures ?? []) as readonly string[])]
  const known = tags.flatMap((tag) => dialect.document(tag) ?? [])
  const byStatus = Map.groupBy(known, ({ status }) => status)
  return Object.fromEntries(
    [...byStatus].map(([status, failures]) => {
      const codes = [...new Set(failures.map(({ code }) => code))]
      return [
        String(status),
        {
          description: `${STATUS_CODES[status] ?? "Error"}: ${codes.map((code) => `\`${code}\``).join(", ")}`,
          content: { [dialect.failureType]: { schema: { $ref: `#/components/schemas/${dialect.failureName}` } } }
        }
      ]
    })
  )
}

/** Named schemas become components of the document. */
const jsonSchemaOf = (schema: Schema.Top, components: Record<string, unknown>): Json => {
  const { schema: own, definitions } = Schema.toJsonSchemaDocument(schema)
  for (const [name, definition] of Object.entries(definitions)) components[name] = withRefs(definition)
  return withRefs(own) as Json
}

const withRefs = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))
