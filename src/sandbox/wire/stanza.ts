/**
 * Builds and reads stanzas. A stanza is WhatsApp's binary XML node, in the form of Baileys' encoder and decoder. What a
 * stanza means is not known here.
 */
import { randomBytes } from "node:crypto"
import {
  type BinaryNode,
  getAllBinaryNodeChildren,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildren,
  S_WHATSAPP_NET
} from "@whiskeysockets/baileys"

/**
 * The server itself as a sender: a jid without a user. Baileys compares it whole, so the plain host name would not do
 * (messages-recv.js handleEncryptNotification).
 */
export const SERVER = S_WHATSAPP_NET

/** Builds a stanza. It leaves out undefined attributes, because the encoder would write the text "undefined". */
export function element(
  tag: string,
  attrs: Record<string, string | undefined> = {},
  content?: BinaryNode["content"]
): BinaryNode {
  const present: Record<string, string> = {}
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) present[name] = value
  return content === undefined ? { tag, attrs: present } : { tag, attrs: present, content }
}

/** The first child with this tag. */
export function child(node: BinaryNode | undefined, tag: string): BinaryNode | undefined {
  return getBinaryNodeChild(node, tag)
}

/** Every child with this tag, or every child when no tag is given. */
export function children(node: BinaryNode | undefined, tag?: string): BinaryNode[] {
  if (node === undefined) return []
  return tag === undefined ? getAllBinaryNodeChildren(node) : getBinaryNodeChildren(node, tag)
}

/** The bytes in a child. Throws when the stanza has none there. */
export function bytesOf(node: BinaryNode | undefined, tag: string): Uint8Array {
  const bytes = getBinaryNodeChildBuffer(node, tag)
  if (bytes === undefined) throw new Error(`<${node?.tag ?? "nothing"}> has no bytes in <${tag}>`)
  return bytes
}

/** The content of a node as text; an empty text when it has none. */
export function textOf(node: BinaryNode | undefined): string {
  const content = node?.content
  if (typeof content === "string") return content
  return content instanceof Uint8Array ? Buffer.from(content).toString("utf8") : ""
}

/** Reads a big-endian unsigned integer of any length; key ids are written so. */
export function uintOf(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUIntBE(0, bytes.length)
}

/** The current time in Unix seconds, as every `t` attribute gives it. */
export function unixSeconds(): string {
  return Math.floor(Date.now() / 1000).toString()
}

/** An id for a stanza that the server itself creates. */
export function serverStanzaId(): string {
  return randomBytes(8).toString("hex")
}

/** A message id of an Android phone: 32 hexadecimal digits. Baileys' getDevice() tells the platform by the length. */
export function phoneMessageId(): string {
  return `AC${randomBytes(15).toString("hex").toUpperCase()}`
}
