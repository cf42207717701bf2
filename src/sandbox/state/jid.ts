/**
 * Jids: the addresses of accounts and devices. An account has a phone number (PN) and a hidden id (LID). Either can
 * address it, with or without a device: `5491100000001:33@s.whatsapp.net`, `184467440737095:33@lid`. Device 0 is the
 * phone itself.
 */
import { createHash } from "node:crypto"
import { isLidUser, jidDecode, jidEncode } from "@whiskeysockets/baileys"

/** Which of an account's two ids a stanza uses. A response uses the addressing of the request. */
export type Addressing = "pn" | "lid"

/** The two ids of an account, without server or device. */
export interface Identity {
  readonly number: string
  readonly lid: string
}

/** The jid of an account, or of one of its devices, by phone number. */
export function pnJid(identity: Identity, device = 0): string {
  return jidEncode(identity.number, "s.whatsapp.net", device)
}

/** The jid of an account, or of one of its devices, by LID. */
export function lidJid(identity: Identity, device = 0): string {
  return jidEncode(identity.lid, "lid", device)
}

/** The jid in the given addressing. */
export function jidOf(addressing: Addressing, identity: Identity, device = 0): string {
  return addressing === "lid" ? lidJid(identity, device) : pnJid(identity, device)
}

/** The addressing that a jid uses. Every jid that is not a LID counts as PN. */
export function addressingOf(jid: string | undefined): Addressing {
  return isLidUser(jid) === true ? "lid" : "pn"
}

/** The device that a jid names; 0 when it names none. */
export function deviceOf(jid: string | undefined): number {
  return jidDecode(jid)?.device ?? 0
}

/** The user part of a jid, or the text itself when it is a bare number. */
export function userOf(jid: string): string {
  return jidDecode(jid)?.user ?? jid
}

/**
 * The LID user of a number: fifteen digits that never change and that a client cannot derive from the number. WhatsApp's
 * LIDs are random; here the same number always has the same LID, so that test runs are alike.
 */
export function lidUserOf(number: string): string {
  const digest = createHash("sha256").update(`lid of ${number}`).digest()
  return ((digest.readBigUInt64BE() % 900_000_000_000_000n) + 100_000_000_000_000n).toString()
}
