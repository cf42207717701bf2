/**
 * Who an address means. An account has a phone number (PN) and a hidden id (LID); either can address it, with or
 * without a device: `5491100000001:33@s.whatsapp.net`, `184467440737095:33@lid`. Device 0 is the phone itself.
 */
import { createHash } from "node:crypto"
import { isLidUser, jidDecode, jidEncode } from "@whiskeysockets/baileys"

/** Which of an account's two ids a stanza uses. Answers keep the addressing of the question. */
export type Addressing = "pn" | "lid"

/** The two ids of an account, without server or device. */
export interface Identity {
  readonly number: string
  readonly lid: string
}

/** The address of an account, or of one of its devices, by phone number. */
export function pnJid(identity: Identity, device = 0): string {
  return jidEncode(identity.number, "s.whatsapp.net", device)
}

/** The address of an account, or of one of its devices, by LID. */
export function lidJid(identity: Identity, device = 0): string {
  return jidEncode(identity.lid, "lid", device)
}

/** The address in the given addressing. */
export function jidOf(addressing: Addressing, identity: Identity, device = 0): string {
  return addressing === "lid" ? lidJid(identity, device) : pnJid(identity, device)
}

/** The addressing that a jid uses; anything that is no LID counts as PN. */
export function addressingOf(jid: string | undefined): Addressing {
  return isLidUser(jid) === true ? "lid" : "pn"
}

/** The device a jid names; 0 when it names none. */
export function deviceOf(jid: string | undefined): number {
  return jidDecode(jid)?.device ?? 0
}

/** The user part of a jid, or the text itself when it is a bare number. */
export function userOf(jid: string): string {
  return jidDecode(jid)?.user ?? jid
}

/** Whether a text is a phone number as this network takes it: 8 to 15 digits, no plus sign. */
export function isPhoneNumber(text: string): boolean {
  return /^\d{8,15}$/.test(text)
}

/**
 * Every form of a number. Three countries have two forms of the same mobile number, and WhatsApp knows an account by one of
 * them: Mexico (521… and 52…), Argentina (549… and 54…) and Brazil (with and without the ninth digit after the area code).
 */
export function formsOf(number: string): string[] {
  const pairs: [RegExp, string][] = [
    [/^521(\d{10})$/, "52$1"],
    [/^52(\d{10})$/, "521$1"],
    [/^549(\d{10})$/, "54$1"],
    [/^54(\d{10})$/, "549$1"],
    [/^55(\d{2})9(\d{8})$/, "55$1$2"],
    [/^55(\d{2})(\d{8})$/, "55$19$2"]
  ]
  return [number, ...pairs.filter(([form]) => form.test(number)).map(([form, other]) => number.replace(form, other))]
}

/**
 * The LID user of a number: fifteen digits that stay the same for ever but cannot be guessed from the number by a
 * client that takes shortcuts. (Real LIDs are random; the same number giving the same LID keeps test runs alike.)
 */
export function lidUserOf(number: string): string {
  const digest = createHash("sha256").update(`lid of ${number}`).digest()
  return ((digest.readBigUInt64BE() % 900_000_000_000_000n) + 100_000_000_000_000n).toString()
}
