/**
 * Which dialect a request speaks, where two of them have the same method and path. The credential decides: the operator's key
 * belongs to the dialect of operators, a Bearer token to that of users. With both, the body decides; with neither, the first
 * dialect answers, with its own refusal.
 */
import type { FastifyRequest } from "fastify"
import { bearerToken, operatorKeyOf } from "./credentials.ts"
import type { Declared } from "./declared.ts"

/** The choice by the headers; undefined while the body is needed for it. */
export const selectByCredential = (request: FastifyRequest, choices: readonly Declared[]): Declared | undefined => {
  const hasKey = operatorKeyOf(request) !== undefined
  const hasToken = bearerToken(request) !== undefined
  if (hasKey && hasToken) return undefined
  const wanted = hasKey ? "operator" : "user"
  const chosen = hasKey || hasToken ? choices.find(({ route }) => route.access.for === wanted) : undefined
  return chosen ?? choices[0]
}

/** The choice by the body, for a request with both credentials. */
export const selectByBody = (request: FastifyRequest, choices: readonly Declared[]): Declared | undefined =>
  choices.find(({ route }) => route.speaks?.(request.body) === true) ??
  choices.find(({ route }) => route.speaks === undefined) ??
  choices[0]
