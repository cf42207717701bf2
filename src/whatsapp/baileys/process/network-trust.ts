/** Lets this process talk to a network on loopback, with its own root key and certificate, instead of the real WhatsApp. */
import { readFileSync } from "node:fs"
import tls from "node:tls"
import { WA_CERT_DETAILS } from "@whiskeysockets/baileys"

export interface NetworkTrust {
  /** Hex of the key that signs the server's noise certificate. */
  readonly rootKey: string | undefined
  /** PEM file of the authority that signs the media server's certificate. */
  readonly caFile: string | undefined
}

/** It is valid for the whole process, because both places that hold trust are global. */
export const trustNetwork = ({ rootKey, caFile }: NetworkTrust): void => {
  if (rootKey !== undefined) {
    const details = WA_CERT_DETAILS as { PUBLIC_KEY: Buffer }
    details.PUBLIC_KEY = Buffer.from(rootKey, "hex")
  }
  if (caFile !== undefined) {
    const authority = readFileSync(caFile, "utf8")
    tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority])
  }
}
