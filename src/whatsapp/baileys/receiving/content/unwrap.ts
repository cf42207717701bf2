/**
 * WhatsApp puts messages into wrappers: disappearing, view once, a copy of one's own, a part of an album. A wrapper is a field that
 * holds nothing but a message, so that a wrapper of a later release is recognised as well.
 */
import type { proto } from "@whiskeysockets/baileys"
import { fieldsOf } from "./bounds.ts"

export interface Unwrapped {
  readonly message: proto.IMessage
  readonly viewOnce: boolean
  /** Wrappers that say something that nothing else says. */
  readonly wrappedIn: readonly string[]
  /** What WhatsApp says of the message and its wrappers, the outermost first. */
  readonly infos: readonly proto.IMessageContextInfo[]
}

const DEPTH_MAX = 8

const viewOnce = new Set(["viewOnceMessage", "viewOnceMessageV2", "viewOnceMessageV2Extension"])
/** What they say stands in the message itself or in its context. */
const plain = new Set([
  "ephemeralMessage",
  "documentWithCaptionMessage",
  "editedMessage",
  "associatedChildMessage",
  "lottieStickerMessage",
  "deviceSentMessage",
  "pollCreationMessageV4"
])

/** Fields without anything that a person wrote. Two of them hold keys. */
export const notContent: ReadonlySet<string> = new Set<keyof proto.IMessage>([
  "senderKeyDistributionMessage",
  "fastRatchetKeySenderKeyDistributionMessage",
  "messageContextInfo"
])

export const unwrap = (given: proto.IMessage): Unwrapped => {
  let message = given
  let isViewOnce = false
  const wrappedIn: string[] = []
  const infos: proto.IMessageContextInfo[] = []
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    if (message.messageContextInfo) infos.push(message.messageContextInfo)
    const wrapper = fieldsOf(message).find((field) => innerOf(message, field))
    if (wrapper === undefined) break
    if (viewOnce.has(wrapper)) isViewOnce = true
    else if (!plain.has(wrapper)) wrappedIn.push(wrapper)
    message = innerOf(message, wrapper) ?? message
  }
  return { message, viewOnce: isViewOnce, wrappedIn, infos }
}

const innerOf = (message: proto.IMessage, field: keyof proto.IMessage): proto.IMessage | undefined => {
  const value = message[field] as unknown
  if (typeof value !== "object" || value === null || notContent.has(field)) return undefined
  const { message: inner } = value as { readonly message?: proto.IMessage | null }
  if (typeof inner !== "object" || inner === null) return undefined
  return field === "deviceSentMessage" || Object.keys(value).length === 1 ? inner : undefined
}

/** The one field that says something; undefined for a message that says nothing. */
export const contentField = (message: proto.IMessage): keyof proto.IMessage | undefined =>
  fieldsOf(message).find((field) => !notContent.has(field))
