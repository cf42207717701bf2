/** Asks WhatsApp which accounts have numbers. */
import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  getBinaryNodeChildString,
  S_WHATSAPP_NET,
  type WASocket
} from "@whiskeysockets/baileys"
import type { PersonName } from "../../../events/contact.ts"
import type { Recipient } from "../../whatsapp.ts"
import type { Identities } from "../names/identities.ts"
import { personIn } from "../names/people.ts"

/** Null when no account has it. Rejects when WhatsApp does not answer. */
export const lookUpNumber = async (
  socket: WASocket,
  identities: Identities,
  number: string
): Promise<Recipient | null> => {
  const found = await socket.onWhatsApp(number)
  if (!found) throw new Error("Baileys has no answer")
  const [account] = found
  return account?.exists ? { jid: account.jid, lid: await identities.lidOf(account.jid) } : null
}

/**
 * The accounts of many numbers, by number as it was given; a number that no account has is missing. The number of the account may be
 * another than the given one: some countries have changed theirs. Baileys' own look-up does not say which answer belongs to which number.
 */
export const lookUpNumbers = async (
  socket: WASocket,
  numbers: readonly string[]
): Promise<ReadonlyMap<string, PersonName>> => {
  const users = numbers.map((number) => ({
    tag: "user",
    attrs: {},
    content: [{ tag: "contact", attrs: {}, content: Buffer.from(`+${number}`) }]
  }))
  const protocols = ["contact", "lid"].map((tag) => ({ tag, attrs: {} }))
  const attrs = { context: "interactive", mode: "query", sid: socket.generateMessageTag(), last: "true", index: "0" }
  const content = [
    { tag: "query", attrs: {}, content: protocols },
    { tag: "list", attrs: {}, content: users }
  ]
  const answer = await socket.query({
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "get", xmlns: "usync" },
    content: [{ tag: "usync", attrs, content }]
  })
  const list = getBinaryNodeChild(getBinaryNodeChild(answer, "usync"), "list")
  if (list === undefined) throw new Error("WhatsApp answered without a list")
  return new Map(getBinaryNodeChildren(list, "user").flatMap(accountIn))
}

/** The content of `contact` is the number that was asked for (whatsmeow, IsOnWhatsApp). */
const accountIn = (user: BinaryNode): readonly (readonly [string, PersonName])[] => {
  const given = getBinaryNodeChildString(user, "contact")?.replace("+", "")
  const person = personIn(user.attrs.jid, getBinaryNodeChild(user, "lid")?.attrs.val)
  const isAccount = getBinaryNodeChild(user, "contact")?.attrs.type === "in"
  return given && person !== null && isAccount ? [[given, person]] : []
}
