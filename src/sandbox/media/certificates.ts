/**
 * TLS certificates of the media server: an authority that clients must trust, and a leaf for 127.0.0.1 and localhost.
 * Both survive a restart, so a client that was started with the authority's file trusts the network after it.
 */
import { generate } from "selfsigned"
import type { State } from "../state/store.ts"

/** PEM texts. */
export interface TlsIdentity {
  /** The authority's certificate: what clients must trust. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** Loads the certificates of this network, or makes new ones and stores them. */
export async function loadTlsIdentity(state: State): Promise<TlsIdentity> {
  const kept = state.get("network", "tls") as TlsIdentity | undefined
  if (kept !== undefined) return kept
  const identity = await newTlsIdentity()
  state.put("network", "tls", identity)
  return identity
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000
const HOUR_MS = 3600 * 1000

/** Makes new certificates and does not store them. */
export async function newTlsIdentity(): Promise<TlsIdentity> {
  const validity = {
    notBeforeDate: new Date(Date.now() - HOUR_MS),
    notAfterDate: new Date(Date.now() + TEN_YEARS_MS)
  }
  const kind = { keyType: "ec", curve: "P-256", algorithm: "sha256", ...validity } as const
  const authority = await generate([{ name: "commonName", value: "Sandbox WhatsApp authority" }], {
    ...kind,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true }
    ]
  })
  const leaf = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    ...kind,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 7, ip: "127.0.0.1" },
          { type: 2, value: "localhost" }
        ]
      }
    ]
  })
  return { authority: authority.cert, certificate: leaf.cert, key: leaf.private }
}
