/**
 * Certificates of the media server: an authority that clients are told to trust, and a leaf for 127.0.0.1 and localhost.
 * Both survive restarts, so a client that was started with the authority's file still trusts the network after one.
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

/** The certificates of this network: the surviving ones, or new ones that will survive. */
export async function loadTlsIdentity(state: State): Promise<TlsIdentity> {
  const kept = state.get("network", "tls") as TlsIdentity | undefined
  if (kept !== undefined) return kept
  const identity = await newTlsIdentity()
  state.put("network", "tls", identity)
  return identity
}

const TEN_YEARS_MS = 10 * 365 * 24 * 3600 * 1000
const HOUR_MS = 3600 * 1000

/** Of nobody's memory. */
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
