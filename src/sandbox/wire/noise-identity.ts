/**
 * The server's identity in the Noise handshake: a root key that clients trust, and a certificate chain from it to the
 * server's static key. Clients read the root from Baileys' mutable `WA_CERT_DETAILS.PUBLIC_KEY`.
 * Chain (noise-handler.js processHandshake): the root signs an intermediate whose issuerSerial is 0
 * (`WA_CERT_DETAILS.SERIAL`), and the intermediate signs a leaf for the static key. The signatures are correct, but no
 * test shows it: Curve.verify of rc14 accepts any signature of 64 bytes.
 */
import { Curve, type KeyPair, proto } from "@whiskeysockets/baileys"
import type { State } from "../state/store.ts"

/** Keys and certificates of the server. */
export interface NoiseIdentity {
  readonly root: KeyPair
  readonly server: KeyPair
  /** The encoded CertChain that the server hello carries. */
  readonly certificateChain: Uint8Array
}

/** Loads the identity of this network, or makes one and stores it. */
export function loadNoiseIdentity(state: State): NoiseIdentity {
  const kept = state.get("network", "noise") as NoiseIdentity | undefined
  if (kept !== undefined) return kept
  const identity = newNoiseIdentity()
  state.put("network", "noise", identity)
  return identity
}

const YEAR_2100 = 4_102_444_800

function newNoiseIdentity(): NoiseIdentity {
  const root = Curve.generateKeyPair()
  const intermediate = Curve.generateKeyPair()
  const server = Curve.generateKeyPair()
  const { Details } = proto.CertChain.NoiseCertificate
  const validity = { notBefore: 0, notAfter: YEAR_2100 }
  const intermediateDetails = Details.encode({
    serial: 1,
    issuerSerial: 0,
    key: intermediate.public,
    ...validity
  }).finish()
  const leafDetails = Details.encode({ serial: 2, issuerSerial: 1, key: server.public, ...validity }).finish()
  const certificateChain = proto.CertChain.encode({
    intermediate: { details: intermediateDetails, signature: Curve.sign(root.private, intermediateDetails) },
    leaf: { details: leafDetails, signature: Curve.sign(intermediate.private, leafDetails) }
  }).finish()
  return { root, server, certificateChain }
}
