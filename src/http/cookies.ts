/** Reads and writes the cookies of pages. Scripts cannot read them, and other sites cannot send them. */
import type { FastifyRequest } from "fastify"

/** The cookie's value; undefined when the request has none. */
export const cookieOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const cookies = (headers.cookie ?? "").split(";").map((each) => each.trim().split("="))
  return cookies.find(([each]) => each === name)?.[1]
}

export interface Cookie {
  readonly name: string
  readonly value: string
  /** It is sent to this path and those below. */
  readonly path: string
  /** 0 deletes it. */
  readonly forMs: number
}

/** For `Set-Cookie`. */
export const setCookie = ({ protocol }: FastifyRequest, { name, value, path, forMs }: Cookie): string => {
  const secure = protocol === "https" ? "; Secure" : ""
  return `${name}=${value}; Path=${path}; Max-Age=${Math.ceil(forMs / 1_000)}; HttpOnly; SameSite=Strict${secure}`
}
