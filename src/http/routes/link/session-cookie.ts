/**
 * The session of a browser that has opened a hosted link, in a cookie: it survives the page, which a phone drops when its owner leaves it
 * for WhatsApp. Scripts cannot read it, other sites cannot send it, and it is sent to the paths of this link only.
 */
import type { FastifyRequest } from "fastify"

const NAME = "link"

export const sessionOf = ({ headers }: FastifyRequest): string | undefined => {
  const cookies = (headers.cookie ?? "").split(";").map((each) => each.trim().split("="))
  return cookies.find(([name]) => name === NAME)?.[1]
}

/** For `Set-Cookie`. `forMs`: how long the session is good for. */
export const sessionCookie = ({ protocol }: FastifyRequest, ticket: string, session: string, forMs: number): string => {
  const maxAge = Math.max(1, Math.ceil(forMs / 1_000))
  const secure = protocol === "https" ? "; Secure" : ""
  return `${NAME}=${session}; Path=/link/${ticket}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`
}
