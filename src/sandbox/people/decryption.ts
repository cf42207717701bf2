/**
 * How a phone or a linked device of a contact reads a message: it decrypts each part, and asks for the message again when it cannot.
 * As real clients do, it takes a new session with a linked device only together with the account's signature for that device.
 */
import { type BinaryNode, proto } from "@whiskeysockets/baileys"
import { isIdentityOf } from "../login/adv.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Device } from "../state/device.ts"
import { child, children, element } from "../wire/stanza.ts"
import type { SignalIdentity } from "./signal-identity.ts"

/** The message in a stanza of this author. Throws when it cannot be decrypted, or the author has no right to begin a session. */
export async function decryptMessage(
  signal: SignalIdentity,
  accounts: Accounts,
  stanza: BinaryNode,
  author: Device
): Promise<proto.IMessage> {
  const encs = children(stanza, "enc")
  if (author.id !== 0 && encs.some(({ attrs: { type } }) => type === "pkmsg")) checkIdentity(accounts, stanza, author)
  const parts: proto.IMessage[] = []
  for (const enc of encs) {
    const message = await signal.decrypt(enc, author, stanza.attrs["from"])
    parts.push(message.deviceSentMessage?.message ?? message)
  }
  return Object.assign(proto.Message.create(), ...parts) as proto.IMessage
}

/** What goes into a retry receipt: which message, and keys for a new session. */
export function retryContent({ bundle }: SignalIdentity, { attrs: { id = "", t = "" } }: BinaryNode): BinaryNode[] {
  const { id: keyId, value, signature } = bundle.signedPreKey
  return [
    element("retry", { count: "1", id, t, v: "1" }),
    element("registration", {}, bundle.registrationId),
    element("keys", {}, [
      element("type", {}, Buffer.from([5])),
      element("identity", {}, bundle.identity),
      element("skey", {}, [element("id", {}, keyId), element("value", {}, value), element("signature", {}, signature)])
    ])
  ]
}

function checkIdentity(accounts: Accounts, stanza: BinaryNode, author: Device): void {
  const identity = child(stanza, "device-identity")?.content
  const phone = accounts.device(author.account, 0)
  if (!(identity instanceof Uint8Array)) throw new Error("a linked device began a session without <device-identity>")
  if (phone === undefined || !isIdentityOf(phone.bundle.identity, identity))
    throw new Error("another account has signed for the linked device that began a session")
}
