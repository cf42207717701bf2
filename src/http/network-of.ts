/** Groups client addresses for limits: a client with an IPv6 network has 2^64 addresses, so they count as one. */
import { isIP, isIPv6 } from "node:net"

const IPV6_GROUPS = 8
const NETWORK_GROUPS = 4

/** Stands for everything that is not an address: otherwise a client behind a proxy could invent a new one for each request. */
const NO_ADDRESS = "no address"

/** The /64 network of an IPv6 address. An IPv4 address is returned unchanged, also when it is mapped to IPv6. */
export const networkOf = (address: string): string => {
  const [unzoned = ""] = address.split("%")
  if (!isIPv6(unzoned)) return isIP(unzoned) === 0 ? NO_ADDRESS : unzoned
  const groups = groupsOf(unzoned)
  const isMapped = groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff"
  return isMapped ? ipv4Of(groups.slice(6)) : `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`
}

/** All eight groups, in hexadecimal digits. */
const groupsOf = (address: string): readonly string[] => {
  // A URL writes each address in one canonical way.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [left = [], right = []] = written.split("::").map((half) => half.split(":").filter((group) => group !== ""))
  return [...left, ...Array<string>(IPV6_GROUPS - left.length - right.length).fill("0"), ...right]
}

const ipv4Of = (groups: readonly string[]): string =>
  groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join(".")
