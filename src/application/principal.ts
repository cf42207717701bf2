/** The client of a request, and what its credential allows. */
import type { Scope } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import type { DeviceId, TokenId } from "../events/ids.ts"
import type { Account } from "../store/accounts.ts"
import { OPERATOR } from "../store/devices.ts"

interface Credential {
  /** Null for the operator's key. */
  readonly tokenId: TokenId | null
  readonly scopes: readonly Scope[]
  /** The devices that the credential reaches; null for all devices of its owner. */
  readonly devices: readonly DeviceId[] | null
}

export interface User extends Credential {
  readonly kind: "user"
  readonly tokenId: TokenId
  readonly account: Account
}

export interface Operator extends Credential {
  readonly kind: "operator"
}

export type Principal = User | Operator

/** The operator, authenticated with the operator's key. */
export const operator: Operator = {
  kind: "operator",
  tokenId: null,
  scopes: ["read", "send", "manage", "audit", "admin"],
  devices: null
}

/** The principal's name in envelopes. Its limits are counted by this name. */
export const nameOf = (principal: Principal): string =>
  principal.kind === "operator" ? "operator" : `user:${principal.account.userNumber}`

/** The owner number of the principal's new devices. */
export const ownerOf = (principal: Principal): number =>
  principal.kind === "operator" ? OPERATOR : principal.account.userNumber

/** The id of a request in the log. */
export type RequestId = string

/** The origin of the events that a request causes. `anonymous`: the client is not authenticated. */
export const originOf = (request: RequestId, principal: Principal | "anonymous"): Origin => ({
  who: principal === "anonymous" ? "anonymous" : nameOf(principal),
  commandId: request,
  causation: null,
  correlation: request
})
