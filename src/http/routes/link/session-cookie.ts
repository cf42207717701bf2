/**
 * The session of a browser that has opened a hosted link, in a cookie: it survives the page, which a phone drops when its owner leaves it
 * for WhatsApp. It is sent to the paths of this link only.
 */
import type { FastifyRequest } from "fastify"
import { cookieOf, setCookie } from "../../cookies.ts"

const NAME = "link"

export const sessionOf = (request: FastifyRequest): string | undefined => cookieOf(request, NAME)

/** For `Set-Cookie`. `forMs`: how long the session is good for. */
export const sessionCookie = (request: FastifyRequest, ticket: string, session: string, forMs: number): string =>
  setCookie(request, { name: NAME, value: session, path: `/link/${ticket}`, forMs: Math.max(1_000, forMs) })
