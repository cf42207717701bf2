/**
 * Connections to URLs that clients choose. Keeps SEC-3.
 *
 * The address is checked when the socket is opened, and the socket connects to the address that was checked: a name that resolves to
 * another address a moment later gains nothing. A literal address is not looked up, so it is checked as well.
 */
import { type LookupAddress, lookup as systemLookup } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { Agent, buildConnector } from "undici"
import type { AddressPolicy } from "./addresses.ts"

/** Rejection: the host has no address that the gateway may connect to. */
export class AddressRefused extends Error {
  readonly _tag = "AddressRefused"
  readonly host: string
  constructor(host: string) {
    super(`${host} is a private address; the operator can allow it with OUTBOUND_ALLOW`)
    this.host = host
  }
}

/** Resolves a name as `dns.lookup` does with `all`. */
export type Resolve = (host: string, done: (failure: Error | null, addresses: readonly LookupAddress[]) => void) => void

const resolveBySystem: Resolve = (host, done) => systemLookup(host, { all: true }, done)

export interface AgentOptions {
  /** Undefined: connects to every address, for URLs of the operator. */
  readonly policy: AddressPolicy | undefined
  /** For tests. */
  readonly resolve?: Resolve
  readonly connectTimeoutMs: number
  /** Connections to one origin. */
  readonly connectionsMax: number
}

/** An HTTP client. Close it with `close` or `destroy`. */
export const openAgent = ({ policy, resolve, connectTimeoutMs, connectionsMax }: AgentOptions): Agent => {
  const common = { timeout: connectTimeoutMs, autoSelectFamily: true }
  const connectTo = buildConnector(
    policy === undefined ? common : { ...common, lookup: checkedLookup(policy, resolve ?? resolveBySystem) }
  )
  return new Agent({
    connections: connectionsMax,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    connect: (options, done) => {
      const host = options.hostname.replace(/^\[|\]$/g, "")
      if (policy !== undefined && isIP(host) !== 0 && !policy.allows(host)) done(new AddressRefused(host), null)
      else connectTo(options, done)
    }
  })
}

/** Leaves out what the policy refuses, and fails if nothing is left. */
const checkedLookup =
  (policy: AddressPolicy, resolve: Resolve): LookupFunction =>
  (host, { all }, done) => {
    resolve(host, (failure, addresses) => {
      if (failure !== null) {
        done(failure, "")
        return
      }
      const allowed = addresses.filter(({ address }) => policy.allows(address))
      const [first] = allowed
      if (first === undefined) done(new AddressRefused(host), "")
      else if (all === true) done(null, allowed)
      else done(null, first.address, first.family)
    })
  }
