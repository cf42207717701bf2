/**
 * Pairing by QR: a phone scans it. A phone may refuse the secret in it: the server then asks the client for a new one, and only a QR with
 * another secret links (`companion_reg_refresh`, since July 2026: oxidezap/whatsapp-rust PR#1163, WhiskeySockets/Baileys#2737). Its text is `https://wa.me/settings/linked_devices#<ref>,<noise key>,<identity
 * key>,<adv secret>,<platform>` (companion-reg-client-utils.js buildPairingQRData); older clients leave the address out.
 * A gateway also serves QRs as PNG data URLs, so a QR can be scanned from one.
 */
import jsQr from "jsqr"
import { PNG } from "pngjs"
import { InvalidRequest } from "../request-errors.ts"
import type { Device } from "../state/device.ts"
import { checkVersion, type CompletionParts, completePairing } from "./complete-pairing.ts"
import type { PairingPhone } from "./pairing-phone.ts"
import { askForNewSecret, refuseSecret } from "./secret-refusal.ts"

const PNG_PREFIX = "data:image/png;base64,"
const PIXELS_MAX = 4096 * 4096

/** Scans a QR, given as its text or as a PNG data URL, and resolves when the client is paired. */
export async function scanQr(parts: CompletionParts, phone: PairingPhone, qr: string): Promise<Device> {
  const text = qr.startsWith("data:") ? readPng(qr) : qr
  const [ref, noiseKey, identity, advSecret] = text.slice(text.indexOf("#") + 1).split(",")
  if (noiseKey === undefined || identity === undefined || advSecret === undefined)
    throw new InvalidRequest("this is not the QR of a WhatsApp client")
  const registration = parts.registrations.byRef(ref)
  if (registration === undefined) throw new InvalidRequest("the QR has expired; no client waits with its ref")
  checkVersion(parts, registration)
  if (registration.retiredSecrets.has(advSecret)) {
    askForNewSecret(parts, registration, "companion_reg_refresh")
    throw new InvalidRequest("the phone could not link the device: it has refused this QR before; scan the new one")
  }
  refuseSecret(parts, registration, { number: phone.account.number, secret: advSecret })
  return completePairing(parts, registration, phone, {
    identity: Buffer.from(identity, "base64"),
    advSecret: Buffer.from(advSecret, "base64")
  })
}

function readPng(dataUrl: string): string {
  if (!dataUrl.startsWith(PNG_PREFIX)) throw new InvalidRequest("the QR must be its text or a PNG data URL")
  const bytes = Buffer.from(dataUrl.slice(PNG_PREFIX.length), "base64")
  // A PNG has its width and height at fixed places. They are checked first, so that a wrong size needs no memory.
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
