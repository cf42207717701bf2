/** Writes what stands beside a message's content (a quote, mentions, that it is forwarded) into the message that is sent. */
import { normalizeMessageContent, type proto } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import type { MessageContext, PersonNames } from "../../../events/context.ts"
import type { KnownMessages, Original } from "../../whatsapp.ts"
import { quotedMessage } from "./quoted-message.ts"

export interface ContextServices {
  /** The LID that is known for a number's jid. */
  readonly lidKnownOf: (jid: string) => Promise<string | null>
  readonly originals: KnownMessages["originals"]
}

type Part = { contextInfo?: proto.IContextInfo | null; text?: string | null; caption?: string | null }
type Quoted = NonNullable<MessageContext["quoted"]>

/** `to`: the jid that the message goes to. Does nothing for a message whose kind has no place for it. */
export const addContext = async (
  message: proto.IMessage,
  to: string,
  context: MessageContext,
  services: ContextServices
): Promise<void> => {
  const part = partOf(message)
  if (part === undefined) return
  const { quoted, mentions = [] } = context
  const words = part.text ?? part.caption ?? ""
  const info: proto.IContextInfo = {
    ...circumstances(context),
    ...(quoted === undefined ? {} : await quote(quoted, to, services)),
    ...(mentions.length === 0 ? {} : { mentionedJid: mentions.map((person) => mentionedIn(words, person)) })
  }
  if (Object.keys(info).length > 0) part.contextInfo = { ...part.contextInfo, ...info }
}

const partOf = (message: proto.IMessage): Part | undefined =>
  Object.entries(normalizeMessageContent(message) ?? message).find(
    ([name, value]) => /Message(V\d)?$/.test(name) && typeof value === "object" && value !== null
  )?.[1] as Part | undefined

const circumstances = ({
  mentionsAll,
  groupMentions = [],
  forwarded,
  expiresInSeconds
}: MessageContext): proto.IContextInfo => ({
  ...(mentionsAll === true ? { nonJidMentions: 1 } : {}),
  ...mentioningGroups(groupMentions),
  ...(forwarded === undefined ? {} : { isForwarded: true, forwardingScore: forwarded }),
  ...(expiresInSeconds === undefined ? {} : { expiration: expiresInSeconds })
})

export const mentioningGroups = (groups: NonNullable<MessageContext["groupMentions"]>): proto.IContextInfo =>
  groups.length === 0
    ? {}
    : { groupMentions: groups.map(({ group: groupJid, name: groupSubject = "" }) => ({ groupJid, groupSubject })) }

/** A phone shows a mention where the words have `@` and the user of the jid: so it is the jid that the client wrote. */
const mentionedIn = (words: string, { jid, alt }: PersonNames): string =>
  alt !== null && words.includes(`@${alt.split("@")[0]}`) ? alt : jid

const quote = async (quoted: Quoted, to: string, services: ContextServices): Promise<proto.IContextInfo> => {
  const { messageId, sender, chat } = quoted
  const known = await Effect.runPromise(services.originals(messageId))
  const original = known.find(({ authors }) => isBy(authors, sender)) ?? known[0]
  return {
    stanzaId: messageId,
    ...(sender === null ? {} : { participant: await nameIn(to, sender, services) }),
    quotedMessage: quotedMessage(original?.content, quoted),
    ...(chat === undefined ? {} : { remoteJid: chat })
  }
}

const isBy = (authors: Original["authors"], sender: PersonNames | null): boolean =>
  sender !== null && authors.some((author) => author === sender.jid || author === sender.alt)

/** In chats by LID, and in groups, people go by LID. */
const nameIn = async (to: string, { jid, alt }: PersonNames, { lidKnownOf }: ContextServices): Promise<string> =>
  to.endsWith("@s.whatsapp.net") ? jid : ((await lidKnownOf(jid)) ?? alt ?? jid)
