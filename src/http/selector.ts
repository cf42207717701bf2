/**
 * Chooses the dialect of a request whose method and path belong to two dialects. The credential decides: the operator's key selects
 * the operators' dialect, a Bearer token the users' dialect. With both, the body decides. With neither, the first dialect refuses the
 * request.
 */
import type { FastifyRequest } from "fastify"
import { bearerToken, operatorKeyOf } from "./credentials.ts"
import type { Declared } from "./declared.ts"

/** Chooses by the headers; undefined when the body has to decide. */
export const selectByCredential = (request: FastifyRequest, choices: readonly Declared[]): Declared | undefined => {
  const hasKey = operatorKeyOf(request) !== undefined
  const hasToken = bearerToken(request) !== undefined
  if (hasKey && hasToken) return undefined
  const wanted = hasKey ? "operator" : "user"
  const chosen = hasKey || hasToken ? choices.find(({ route }) => route.access.for === wanted) : undefined
  return chosen ?? choices[0]
}

/** Chooses by the body, for a request with both credentials. */
export const selectByBody = (request: FastifyRequest, choices: readonly Declared[]): Declared | undefined =>
  choices.find(({ route }) => route.speaks?.(request.body) === true) ??
  choices.find(({ route }) => route.speaks === undefined) ??
  choices[0]
