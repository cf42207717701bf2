/**
 * Contact cards (vCard 3.0, RFC 2426), as WhatsApp sends them: `waid` names the account on WhatsApp that has the telephone number, and
 * lines end in a line feed alone. Pure.
 */
import type { OutgoingContent } from "../events/content.ts"

type Card = Extract<OutgoingContent, { readonly kind: "contacts" }>["contacts"][number]

/** `number`: digits with country code. */
export const contactCard = ({ name, number }: { readonly name: string; readonly number: string }): Card => {
  const vcard = [
    "BEGIN:VCARD",
    "VERSION:3.0",
    `N:;${escaped(name)};;;`,
    `FN:${escaped(name)}`,
    `TEL;type=CELL;type=VOICE;waid=${number}:+${number}`,
    "END:VCARD"
  ].join("\n")
  return { name, vcard, numbers: [number] }
}

/** The card that a client wrote itself; undefined for a text that is no vCard with a name. */
export const givenCard = (vcard: string): Card | undefined => {
  const lines = vcard.replaceAll(/\r?\n[ \t]/g, "").split(/\r?\n/)
  const isCard =
    /^BEGIN:VCARD$/i.test(lines[0]?.trim() ?? "") && /^END:VCARD$/i.test(vcard.trim().split("\n").at(-1) ?? "")
  const name = lines.map((line) => /^FN(?:;[^:]*)?:(.*)$/i.exec(line)?.[1]?.trim()).find(Boolean)
  if (!isCard || name === undefined) return undefined
  const numbers = [...vcard.matchAll(/waid=(\d{5,20})/g)].flatMap(([, number]) => number ?? [])
  return { name: name.replaceAll(/\\([\\,;])/g, "$1"), vcard, numbers: [...new Set(numbers)] }
}

const escaped = (text: string): string =>
  text.replaceAll(/[\\;,]/g, (mark) => `\\${mark}`).replaceAll(/\r\n|[\r\n]/g, "\\n")
