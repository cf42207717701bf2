/** Finds out early that a URL can never be used, so that the client who gave it is told. The connection checks the address again. Pure. */
import { isIP } from "node:net"
import type { AddressPolicy } from "./addresses.ts"

export const URL_MAX = 2_048

/** Ports below 1024 belong to other protocols, and a request must not reach those. */
const webPorts = new Set(["", "80", "443"])
const FIRST_FREE_PORT = 1_024

/** A phrase that follows the URL's name; undefined if the URL can be used. `policy` undefined: a URL of the operator's settings. */
export const urlProblem = (text: string, policy: AddressPolicy | undefined): string | undefined => {
  if (text.length > URL_MAX) return `must have at most ${URL_MAX} characters`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "must be a URL that begins with https:// or http://"
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password; use a header"
  if (policy === undefined) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const isOwn = isIP(host) !== 0 && policy.isOwn(host)
  if (!webPorts.has(url.port) && Number(url.port) < FIRST_FREE_PORT && !isOwn) {
    return "must have the port 80, 443, or one from 1024 on"
  }
  const isPrivate = isIP(host) === 0 ? /(^|\.)localhost\.?$/.test(host) : !policy.allows(host)
  const isAllowed = isIP(host) === 0 && (policy.isOwn("127.0.0.1") || policy.isOwn("::1"))
  return isPrivate && !isAllowed
    ? "leads to a private address; the operator can allow it with OUTBOUND_ALLOW"
    : undefined
}
