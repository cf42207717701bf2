/** What stands beside the content of a message: quote, mentions, forwarding, links, advertisement. Pure. */
import { proto } from "@whiskeysockets/baileys"
import type { MessageContext, PersonNames } from "../../../../events/context.ts"
import { summaryOf } from "../../../../events/summary.ts"
import { accountOf, boundedName } from "../../jid.ts"
import { address, compact, cut, entries, enumName, label, name, some, words } from "./bounds.ts"
import { translateContent } from "./content.ts"
import { contentField, type Unwrapped, unwrap } from "./unwrap.ts"

const EXCERPT_MAX = 500

/** Undefined for a message that stands for itself. */
export const translateContext = (given: Unwrapped): MessageContext | undefined => {
  const { message, viewOnce, wrappedIn, infos } = given
  const field = contentField(message)
  const value = (field === undefined ? {} : message[field]) as {
    readonly contextInfo?: proto.IContextInfo | null
    readonly viewOnce?: boolean | null
  }
  const info = value.contextInfo ?? {}
  const context: MessageContext = compact({
    quoted: quoted(info),
    mentions: info.mentionedJid?.length ? entries(info.mentionedJid).map(person) : undefined,
    mentionsAll: some(info.nonJidMentions) === undefined ? undefined : true,
    groupMentions: groupMentions(info),
    forwarded: forwarded(info),
    channel: channel(info),
    links: links(message.extendedTextMessage),
    ad: ad(info),
    expiresInSeconds: some(info.expiration),
    viewOnce: viewOnce || value.viewOnce ? true : undefined,
    parent: parent(message, infos),
    wrappedIn: wrappedIn.length > 0 ? wrappedIn : undefined
  })
  return Object.keys(context).length > 0 ? context : undefined
}

/** The other name is added where it is known (identities.ts). */
const person = (jid: string): PersonNames => ({ jid: accountOf(jid), alt: null })

const quoted = ({ stanzaId, participant, quotedMessage, remoteJid }: proto.IContextInfo): MessageContext["quoted"] => {
  if (!stanzaId) return undefined
  const content = quotedMessage ? translateContent(unwrap(quotedMessage).message) : undefined
  return compact({
    messageId: boundedName(stanzaId),
    sender: participant ? person(participant) : null,
    kind: content?.kind ?? null,
    excerpt: content ? cut(summaryOf(content), EXCERPT_MAX) : null,
    chat: remoteJid ? accountOf(remoteJid) : undefined
  })
}

const groupMentions = ({ groupMentions: given }: proto.IContextInfo): MessageContext["groupMentions"] => {
  const groups = entries(given).flatMap(({ groupJid, groupSubject }) =>
    groupJid ? [compact({ group: accountOf(groupJid), name: label(groupSubject) })] : []
  )
  return groups.length > 0 ? groups : undefined
}

/** WhatsApp counts only how often it was forwarded, so that a message that is marked without a count was forwarded once. */
const forwarded = ({ isForwarded, forwardingScore }: proto.IContextInfo): number | undefined =>
  some(forwardingScore) ?? (isForwarded ? 1 : undefined)

const channel = ({ forwardedNewsletterMessageInfo: given }: proto.IContextInfo): MessageContext["channel"] =>
  given?.newsletterJid ? compact({ jid: accountOf(given.newsletterJid), name: label(given.newsletterName) }) : undefined

const links = (given: proto.Message.IExtendedTextMessage | null | undefined): MessageContext["links"] => {
  const url = address(given?.matchedText)
  return url ? [compact({ url, title: label(given?.title), description: label(given?.description) })] : undefined
}

const ad = (info: proto.IContextInfo): MessageContext["ad"] => {
  const { externalAdReply: reply, quotedAd } = info
  const found = compact({
    title: label(reply?.title),
    text: words(reply?.body ?? quotedAd?.caption),
    sourceType: name(reply?.sourceType),
    sourceId: name(reply?.sourceId),
    sourceUrl: address(reply?.sourceUrl),
    mediaUrl: address(reply?.mediaUrl),
    thumbnailUrl: address(reply?.thumbnailUrl),
    clickId: address(reply?.ctwaClid),
    ref: address(reply?.ref),
    greeting: words(reply?.greetingMessageBody),
    source: name(info.entryPointConversionSource ?? info.conversionSource),
    app: name(info.entryPointConversionApp ?? reply?.sourceApp),
    advertiser: label(quotedAd?.advertiserName)
  })
  return Object.keys(found).length > 0 ? found : undefined
}

const { AssociationType } = proto.MessageAssociation

/** What the message belongs to: by its association, or because it is an answer of a kind that names what it answers. */
const parent = (message: proto.IMessage, infos: readonly proto.IMessageContextInfo[]): MessageContext["parent"] => {
  const association = infos.find(({ messageAssociation }) => messageAssociation)?.messageAssociation
  const key = association?.parentMessageKey
  if (key?.id) {
    return {
      messageId: boundedName(key.id),
      relation: enumName(AssociationType, association?.associationType) ?? "unknown"
    }
  }
  const answered = [
    ["comment", message.encCommentMessage?.targetMessageKey],
    ["question", message.questionResponseMessage?.key ?? message.statusQuestionAnswerMessage?.key],
    ["status", message.statusQuotedMessage?.originalStatusId ?? message.statusStickerInteractionMessage?.key],
    ["call", message.scheduledCallEditMessage?.key],
    ["payment", message.sendPaymentMessage?.requestMessageKey],
    ["payment", message.declinePaymentRequestMessage?.key ?? message.cancelPaymentRequestMessage?.key]
  ] as const
  for (const [relation, target] of answered) if (target?.id) return { messageId: boundedName(target.id), relation }
  return undefined
}
