/** A dialect: its routes, and how it words failures. mount.ts mounts the routes of all dialects. */
import type { FastifyReply, FastifyRequest } from "fastify"
import type { Route } from "./declaration.ts"
import type { ExcessFields, InputProblem } from "./input.ts"

/** A dialect's response to a failure. */
export interface FailureAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface Dialect {
  readonly name: string
  /** One sentence for the API documentation: which clients speak the dialect. */
  readonly description: string
  readonly routes: readonly Route[]
  /** Whether a path without a route belongs to the dialect. */
  readonly owns: (path: string) => boolean
  /** Turns wrong input into the dialect's failure. `problems` are in the order of the fields. */
  readonly refuse: (problems: readonly [InputProblem, ...InputProblem[]]) => Error
  /** Prepares the given input before the declared schema reads it. */
  readonly prepare?: (given: unknown) => unknown
  /** Every field is a text, and a JSON number counts as one: an integer that a double cannot hold keeps its digits. */
  readonly numbersAreTexts?: boolean
  /** What to do with fields that the route does not declare. */
  readonly excessFields: ExcessFields
  /** What to do with a repeat of a keyed request while the first is in progress. */
  readonly whileInProgress: "refuse" | { readonly waitMs: number }
  /** `failureType` is the media type of failure responses, `failureSchema` their JSON Schema under the name `failureName`. */
  readonly failureType: string
  readonly failureName: string
  readonly failureSchema: Readonly<Record<string, unknown>>
  /** The response to a failure. Logs a failure that the dialect does not know. */
  readonly answer: (failure: unknown, request: FastifyRequest) => FailureAnswer
  /** For the documentation: the status and code of a failure by its tag; undefined when the dialect does not know the tag. */
  readonly document: (tag: string) => { readonly status: number; readonly code: string } | undefined
  readonly unknownRoute: (request: FastifyRequest) => FailureAnswer
  /** The response to bytes that are not an HTTP request. */
  readonly unreadable: FailureAnswer
}

export const sendFailure = (reply: FastifyReply, { failureType }: Dialect, answer: FailureAnswer): FastifyReply => {
  for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
  return reply
    .code(answer.status)
    .header("content-type", `${failureType}; charset=utf-8`)
    .send(JSON.stringify(answer.body))
}
