/** Reads the credentials in a request's headers. */
import type { FastifyRequest } from "fastify"
import { loginToken } from "./login-cookie.ts"

/** The Bearer token; undefined when the request has none. */
export const bearerToken = (request: FastifyRequest): string | undefined =>
  request.headers.authorization?.match(/^Bearer +(\S+) *$/i)?.[1]

/** The Bearer token, or else that of the dashboard's login. */
export const tokenOf = (request: FastifyRequest): string | undefined => bearerToken(request) ?? loginToken(request)

/** The operator's key in the request, valid or not; undefined when the request has none. */
export const operatorKeyOf = (request: FastifyRequest): string | undefined => {
  const given = request.headers["x-api-key"]
  return typeof given === "string" && given !== "" ? given : undefined
}
