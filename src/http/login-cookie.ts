/**
 * The login of the dashboard: a token in a cookie that no script can read, sent to `/v1` only.
 *
 * A browser sends cookies with every request, whichever page causes it. This one counts only for requests of this gateway's own pages:
 * `Sec-Fetch-Site` says so, which no page can set. Browsers leave it out over plain HTTP, and some for a WebSocket; there the origin decides, which
 * they name with every write and every WebSocket.
 */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { cookieOf, setCookie } from "./cookies.ts"

/** Rejection: a page of another site asks for a login, which would be in the cookie of this one. */
export class ForeignPage extends Schema.TaggedError<ForeignPage>()("ForeignPage", {}) {
  override get message(): string {
    return "a page of another site may not log in here; open the dashboard of this gateway"
  }
}

const NAME = "login"
const PATH = "/v1"

/** The token in the cookie, valid or not; undefined when there is none, or another page causes the request. */
export const loginToken = (request: FastifyRequest): string | undefined => {
  const token = cookieOf(request, NAME)
  return token !== undefined && token !== "" && isOwnPage(request) ? token : undefined
}

/** For `Set-Cookie`. */
export const loginCookie = (request: FastifyRequest, token: string, forMs: number): string =>
  setCookie(request, { name: NAME, value: token, path: PATH, forMs })

/** Deletes the cookie. */
export const noLoginCookie = (request: FastifyRequest): string =>
  setCookie(request, { name: NAME, value: "", path: PATH, forMs: 0 })

/** Fails for a browser that sends the request for another page. Programs do not say whose page they are. */
export const refuseForeignPage = (request: FastifyRequest): Effect.Effect<void, ForeignPage> => {
  const { origin, "sec-fetch-site": site } = request.headers
  const isProgram = origin === undefined && site === undefined
  return isProgram || isOwnPage(request) ? Effect.void : new ForeignPage()
}

const isOwnPage = (request: FastifyRequest): boolean => {
  const { origin, "sec-fetch-site": site } = request.headers
  // A person who opens an address causes a read, and no page learns its result.
  const isRead = (request.method === "GET" || request.method === "HEAD") && !request.ws
  if (site !== undefined) return site === "same-origin" || (site === "none" && isRead)
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === request.host
  return isRead
}
