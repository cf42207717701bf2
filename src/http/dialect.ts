/** What makes a dialect: its routes, and its words for what goes wrong. Routes of all dialects are mounted by mount.ts. */
import type { FastifyReply, FastifyRequest } from "fastify"
import type { Route } from "./declaration.ts"
import type { ExcessFields, InputProblem } from "./input.ts"

/** How a dialect answers a failure. */
export interface FailureAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface Dialect {
  readonly name: string
  /** For a page of documentation: one sentence on who speaks it. */
  readonly description: string
  readonly routes: readonly Route[]
  /** Whether a path that has no route belongs to it. */
  readonly owns: (path: string) => boolean
  /** The failure that wrong input becomes. `problems`: at least one, in the order of the fields. */
  readonly refuse: (problems: readonly [InputProblem, ...InputProblem[]]) => Error
  /** Makes ready what a request brings, before it is read by the declared schema. */
  readonly prepare?: (given: unknown) => unknown
  /** What fields mean that a route does not declare. */
  readonly excessFields: ExcessFields
  /** What a repeat of a keyed request does while the first is in progress. */
  readonly whileInProgress: "refuse" | { readonly waitMs: number }
  /** The media type of answers to failures, and their JSON Schema under a name of its own. */
  readonly failureType: string
  readonly failureName: string
  readonly failureSchema: Readonly<Record<string, unknown>>
  /** The answer to a failure; logs one that it has no words for. */
  readonly answer: (failure: unknown, request: FastifyRequest) => FailureAnswer
  /** The answer to a failure of this tag, for documentation; undefined where it has none. */
  readonly document: (tag: string) => { readonly status: number; readonly code: string } | undefined
  readonly unknownRoute: (request: FastifyRequest) => FailureAnswer
  /** For bytes that are no HTTP request. */
  readonly unreadable: FailureAnswer
}

export const sendFailure = (reply: FastifyReply, { failureType }: Dialect, answer: FailureAnswer): FastifyReply => {
  for (const [name, value] of Object.entries(answer.headers)) reply.header(name, value)
  return reply
    .code(answer.status)
    .header("content-type", `${failureType}; charset=utf-8`)
    .send(JSON.stringify(answer.body))
}
