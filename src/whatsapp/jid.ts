/**
 * Addresses of WhatsApp: a person by telephone number (`<digits>@s.whatsapp.net`) or by LID (`<digits>@lid`), a group
 * (`<digits>@g.us`, older ones `<number>-<time>@g.us`).
 */
import { isNumber } from "./number.ts"

const PERSON = "@s.whatsapp.net"

/** A chat that a message can be sent to: a person's or a group's. Without a device part. */
export const isChatJid = (text: string): boolean => {
  const [user = "", server, more] = text.split("@")
  if (more !== undefined) return false
  switch (server) {
    case "s.whatsapp.net":
      return isNumber(user)
    case "lid":
      return /^\d{5,20}$/.test(user)
    case "g.us":
      return /^\d{5,25}(-\d{5,15})?$/.test(user)
    default:
      return false
  }
}

export const isGroupJid = (text: string): boolean => isChatJid(text) && text.endsWith("@g.us")

/** `<digits>@newsletter` */
export const isChannelJid = (text: string): boolean => /^\d{5,25}@newsletter$/.test(text)

/** The jid that an address names: that of the person who has the number. */
export const jidOf = (address: string): string => (isNumber(address) ? `${address}${PERSON}` : address)

/** What a client may give as a recipient: a telephone number, or the jid of a chat. */
export const isAddress = (text: string): boolean => isNumber(text) || isChatJid(text)

/** The chat of the account's own status, and of those of others. */
export const STATUS = "status@broadcast"

/** What a message can be sent to. */
export const isTarget = (text: string): boolean => isAddress(text) || isChannelJid(text) || text === STATUS

/** The telephone number in an address; undefined for a LID and a group. */
export const numberIn = (address: string): string | undefined => {
  if (isNumber(address)) return address
  return address.endsWith(PERSON) ? address.slice(0, -PERSON.length) : undefined
}
