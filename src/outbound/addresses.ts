/**
 * Which addresses the gateway may connect to for a URL that a client chose: public ones, and the operator's own ranges. Pure. Keeps SEC-3.
 *
 * An IPv4 address inside an IPv6 address (mapped, NAT64) is judged as the IPv4 address that the packets would go to.
 */
import { BlockList, isIP } from "node:net"

export interface AddressPolicy {
  /** Whether a connection to this IP address is allowed. False for anything that is not an IP address. */
  readonly allows: (address: string) => boolean
  /** Whether the operator named a range with this address. */
  readonly isOwn: (address: string) => boolean
}

/** `allowed`: ranges in CIDR notation, which `rangeProblem` accepts. */
export const addressPolicy = (allowed: readonly string[] = []): AddressPolicy => {
  const own = listOf(allowed)
  const isOwn = (given: string): boolean => {
    const address = canonical(given)
    return isIn(own, address) || (embedded(address) !== undefined && isIn(own, embedded(address) ?? ""))
  }
  return { isOwn, allows: (address) => isOwn(address) || isPublic(address) }
}

/** What is wrong with a range of OUTBOUND_ALLOW; undefined if nothing is. */
export const rangeProblem = (range: string): string | undefined => {
  const [address = "", bits, more] = range.split("/")
  const family = isIP(address)
  if (family === 0 || more !== undefined) return `${range || "nothing"} is not a range like 10.0.0.0/8 or fd00::/8`
  if (bits === undefined) return undefined
  const bitsMax = family === 6 ? 128 : 32
  if (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax) return undefined
  return `${range} has a prefix that is not between 0 and ${bitsMax}`
}

/** RFC 6890 and the registries that follow it: everything that is not a unicast address of the public Internet. */
const special =
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 " +
  "192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 " +
  // Within 2000::/3: Teredo, ORCHID, benchmarks, documentation, 6to4.
  "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"

const listOf = (ranges: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = "", bits] = range.split("/")
    const family = isIP(address) === 6 ? "ipv6" : "ipv4"
    list.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family)
  }
  return list
}

const refused = listOf(special.split(" "))
const globalUnicast = listOf(["2000::/3"])

const isIn = (list: BlockList, address: string): boolean => {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4")
}

const isPublic = (given: string): boolean => {
  const address = canonical(given)
  if (isIP(address) === 4) return !isIn(refused, address)
  const inside = embedded(address)
  if (inside !== undefined) return isPublic(inside)
  return isIn(globalUnicast, address) && !isIn(refused, address)
}

/** Without brackets and zone; IPv6 in its shortest form. An empty text for what is no address. */
const canonical = (given: string): string => {
  const address = given.replace(/^\[|\]$/g, "").replace(/%.*$/, "")
  if (isIP(address) !== 6) return isIP(address) === 4 ? address : ""
  return new URL(`http://[${address}]/`).hostname.slice(1, -1)
}

/** `::ffff:0:0/96` (mapped), and `64:ff9b::/96`, which translators of the network carry to IPv4. */
const carriesV4 = /^(?:::ffff:|64:ff9b::)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/

const embedded = (address: string): string | undefined => {
  const found = carriesV4.exec(address)
  if (!found) return undefined
  const high = Number.parseInt(found[1] ?? "0", 16)
  const low = Number.parseInt(found[2] ?? "0", 16)
  return [high >> 8, high & 255, low >> 8, low & 255].join(".")
}
