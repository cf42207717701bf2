/** Message stanzas without anything that Baileys can decrypt: what has become of their content, and whether it may still come. */
import { type BinaryNode, decodeMessageNode, type WAMessage } from "@whiskeysockets/baileys"
import type { Self } from "../jid.ts"
import type { Placeholders } from "./placeholders.ts"

/** Types that Signal encrypts. For another, such as a bot's `msmsg`, Baileys raises nothing. */
const signalTypes = new Set(["msg", "pkmsg", "skmsg"])

/** Only the phone ever shows what these stand for. */
const viewOnce = new Set(["view_once", "view_once_unavailable_fanout"])
/** For these Baileys does not ask the phone (messages-recv.js). */
const neverResent = new Set(["bot_unavailable_fanout", "hosted_unavailable_fanout"])

/** Whether Baileys has to decrypt anything. */
export const hasCiphertext = (stanza: BinaryNode): boolean =>
  childrenOf(stanza).some(({ tag, attrs }) => tag === "enc" && signalTypes.has(attrs.type ?? ""))

/** Resolves when a message without content is in the log, or kept until its content comes. */
export const seeToEmpty = async (stanza: BinaryNode, self: Self, placeholders: Placeholders): Promise<void> => {
  const children = childrenOf(stanza)
  if (hasCiphertext(stanza) || children.some(({ tag }) => tag === "plaintext") || stanza.attrs.category === "peer")
    return
  const message = envelopeOf(stanza, self)
  if (!message) return
  const offline = stanza.attrs.offline !== undefined
  const unavailable = children.find(({ tag }) => tag === "unavailable")?.attrs.type ?? ""
  if (viewOnce.has(unavailable)) await placeholders.record(message, "viewOnce", offline)
  else if (children.some(({ tag }) => tag === "enc")) await placeholders.record(message, "unreadable", offline)
  else if (neverResent.has(unavailable)) await placeholders.record(message, "withheld", offline)
  else await placeholders.wait(message, "withheld", offline)
}

const childrenOf = ({ content }: BinaryNode): readonly BinaryNode[] => (Array.isArray(content) ? content : [])

/** Undefined for a stanza that is no message. */
const envelopeOf = (stanza: BinaryNode, { jid, lid }: Self): WAMessage | undefined => {
  try {
    return decodeMessageNode(stanza, jid, lid).fullMessage
  } catch {
    return undefined
  }
}
