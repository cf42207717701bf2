/** Reads a request's input by the declared schemas. Each problem names its field; each dialect words it. */
import { Result, Schema, SchemaIssue } from "effect"

/** Rejection: a field is missing or has a wrong value. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  field: Schema.NullOr(Schema.String),
  reason: Schema.String
}) {
  override get message(): string {
    return this.field === null ? this.reason : `${this.field}: ${this.reason}`
  }
}

/** One problem of the input. */
export interface InputProblem {
  /** `missing`: the field is absent or empty. `unknown`: the request has no such field. `wrong`: the value is not allowed. */
  readonly kind: "missing" | "unknown" | "wrong"
  /** The path as a client writes it: `device.name`. Empty for the input as a whole. */
  readonly field: string
  readonly reason: string
}

export const missing = (field: string): InputProblem => ({ kind: "missing", field, reason: "is required" })

export const wrong = (field: string, reason: string): InputProblem => ({ kind: "wrong", field, reason })

/** What to do with fields that are not declared. */
export type ExcessFields = "refuse" | "ignore"

const MISSING = "\u0000missing"
const UNKNOWN = "\u0000unknown"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return MISSING
    return issue._tag === "UnexpectedKey" ? UNKNOWN : SchemaIssue.defaultLeafHook(issue)
  }
})

/** Where a text stands that is no Unicode, such as "\\ud800": nothing could write it as UTF-8 again. Bodies are bounded, and so is this. */
const brokenText = (value: unknown, path: readonly string[]): string | undefined => {
  if (typeof value === "string") return value.isWellFormed() ? undefined : path.join(".") || "body"
  if (typeof value !== "object" || value === null || path.length >= DEPTH_MAX) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = brokenText(inner, [...path, name.toWellFormed()])
    if (found !== undefined) return found
  }
  return undefined
}

/** No declared input is as deep as this. */
const DEPTH_MAX = 8

/** Returns the value as the schema reads it, or all problems of the input. */
export const readInput = <S extends Schema.Decoder<unknown>>(
  schema: S,
  given: unknown,
  excess: ExcessFields
): Result.Result<S["Type"], readonly [InputProblem, ...InputProblem[]]> => {
  const broken = brokenText(given, [])
  if (broken) return Result.fail([{ kind: "wrong", field: broken, reason: "holds half of a surrogate pair" }])
  const onExcessProperty = excess === "refuse" ? "error" : "ignore"
  const result = Schema.decodeUnknownResult(schema, { onExcessProperty, errors: "all" })(given)
  if (Result.isSuccess(result)) return Result.succeed(result.success)
  const problems = format(result.failure.issue).issues.map(({ path = [], message }): InputProblem => {
    const field = path.map((part) => String(typeof part === "object" ? part.key : part)).join(".")
    if (message === MISSING) return missing(field)
    if (message === UNKNOWN)
      return { kind: "unknown", field, reason: "is not a field of this request; check its spelling" }
    return { kind: "wrong", field, reason: message }
  })
  const [first = { kind: "wrong" as const, field: "", reason: "is not valid" }, ...rest] = problems
  return Result.fail([first, ...rest])
}
