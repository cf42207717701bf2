/** Why a request failed, as a short text for people. Contains no address that a name resolved to. */

const known: Readonly<Record<string, string>> = {
  ENOTFOUND: "the host name does not exist",
  EAI_AGAIN: "the host name could not be looked up",
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "the connection timed out",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
  CERT_HAS_EXPIRED: "the certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate is self-signed",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate cannot be verified",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another host name"
}

export const reasonOf = (failure: unknown): string => {
  // With several addresses, each attempt has its own error.
  const first = failure instanceof AggregateError ? (failure.errors as unknown[])[0] : failure
  const { code } = first as { code?: unknown }
  const named = typeof code === "string" ? known[code] : undefined
  if (named !== undefined) return named
  if (typeof code === "string") return `the request failed (${code})`
  return first instanceof Error ? first.message : "the request failed"
}
