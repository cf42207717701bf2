/** The credentials that a request carries, as they stand in its headers. */
import type { FastifyRequest } from "fastify"

/** The request's Bearer token; undefined when it has none. */
export const bearerToken = (request: FastifyRequest): string | undefined =>
  request.headers.authorization?.match(/^Bearer +(\S+) *$/i)?.[1]

/** The operator's key that the request carries, right or wrong; undefined when it has none. */
export const operatorKeyOf = (request: FastifyRequest): string | undefined => {
  const given = request.headers["x-api-key"]
  return typeof given === "string" && given !== "" ? given : undefined
}
