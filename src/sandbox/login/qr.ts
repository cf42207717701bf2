/**
 * A phone scans a QR. Its text is `https://wa.me/settings/linked_devices#<ref>,<noise key>,<identity key>,<adv
 * secret>,<platform>` (companion-reg-client-utils.js buildPairingQRData), older clients leave the address out. A
 * gateway hands QRs out as PNG data URLs too; those are read as a camera would.
 */
import jsQr from "jsqr"
import { PNG } from "pngjs"
import type { Handset } from "../people/handset.ts"
import { InvalidRequest } from "../request-errors.ts"
import type { Device } from "../state/accounts.ts"
import { type CompletionParts, completePairing } from "./complete-pairing.ts"

const PNG_PREFIX = "data:image/png;base64,"
const PIXELS_MAX = 4096 * 4096

/** Scans a QR, given as its text or as a PNG data URL, and resolves when the client is paired. */
export async function scanQr(parts: CompletionParts, handset: Handset, qr: string): Promise<Device> {
  const text = qr.startsWith("data:") ? readPng(qr) : qr
  const [ref, noiseKey, identity, advSecret] = text.slice(text.indexOf("#") + 1).split(",")
  if (noiseKey === undefined || identity === undefined || advSecret === undefined)
    throw new InvalidRequest("this is not the QR of a WhatsApp client")
  const registration = parts.registrations.byRef(ref)
  if (registration === undefined) throw new InvalidRequest("the QR has expired: nobody waits with this ref")
  return completePairing(parts, registration, handset, {
    identity: Buffer.from(identity, "base64"),
    advSecret: Buffer.from(advSecret, "base64")
  })
}

function readPng(dataUrl: string): string {
  if (!dataUrl.startsWith(PNG_PREFIX)) throw new InvalidRequest("the QR is neither text nor a PNG data URL")
  const bytes = Buffer.from(dataUrl.slice(PNG_PREFIX.length), "base64")
  // Width and height stand at fixed places in a PNG; a hostile size must not cost memory.
  if (bytes.length < 24 || bytes.readUInt32BE(16) * bytes.readUInt32BE(20) > PIXELS_MAX)
    throw new InvalidRequest("the PNG is damaged or too large")
  const { width, height, data } = decodePng(bytes)
  const found = jsQr.default(new Uint8ClampedArray(data), width, height)
  if (found === null) throw new InvalidRequest("there is no QR in the PNG")
  return found.data
}

function decodePng(bytes: Buffer): PNG {
  try {
    return PNG.sync.read(bytes)
  } catch (cause) {
    throw new InvalidRequest("the PNG is damaged or too large", { cause })
  }
}
