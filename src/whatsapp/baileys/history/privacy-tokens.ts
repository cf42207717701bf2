/**
 * The privacy tokens that the phone's chats have: WhatsApp takes a first message to some contacts only with one. Written as Baileys
 * would (storeTcTokensFromHistorySync), which does it only for parts that it fetches itself.
 */
import type { AuthenticationState, proto, SignalDataTypeMap } from "@whiskeysockets/baileys"
import { personIn } from "../names/people.ts"
import { numberOf } from "../roster/amounts.ts"
import type { LookUp } from "../roster/complete-changes.ts"

type Keys = AuthenticationState["keys"]
type Token = SignalDataTypeMap["tctoken"]

/** Lists all tokens, so that Baileys can delete those that are too old. */
const INDEX = "__index"
const TOKEN_BYTES_MAX = 1_024

export const storeTokens = async (keys: Keys, chats: readonly proto.IConversation[], lookUp: LookUp): Promise<void> => {
  const given = chats.flatMap((chat) => {
    const { lid = null, number = null } = personIn(chat.id, chat.pnJid, chat.lidJid, chat.accountLid) ?? {}
    const jid = lid ?? (number === null ? undefined : `${number}@s.whatsapp.net`)
    const token = tokenOf(chat)
    return jid === undefined || token === undefined ? [] : [{ jid, token }]
  })
  if (given.length === 0) return
  const names = await lookUp(given.map(({ jid }) => jid))
  const tokens = new Map(given.map(({ jid, token }) => [names.get(jid)?.lid ?? jid, token]))
  const { [INDEX]: index, ...known } = await keys.get("tctoken", [...tokens.keys(), INDEX])
  const fresh = [...tokens].filter(([jid, { timestamp }]) => Number(known[jid]?.timestamp ?? 0) < Number(timestamp))
  if (fresh.length === 0) return
  const listed = [...new Set([...jidsIn(index), ...fresh.map(([jid]) => jid)])]
  const entries = fresh.map(([jid, token]) => [jid, { ...known[jid], ...token }] as const)
  await keys.set({
    tctoken: { ...Object.fromEntries(entries), [INDEX]: { token: Buffer.from(JSON.stringify(listed)) } }
  })
}

const tokenOf = (chat: proto.IConversation): Token | undefined => {
  const at = numberOf(chat.tcTokenTimestamp) ?? 0
  const sentAt = numberOf(chat.tcTokenSenderTimestamp)
  if (!chat.tcToken?.length || chat.tcToken.length > TOKEN_BYTES_MAX || at <= 0) return undefined
  return {
    token: Buffer.from(chat.tcToken),
    timestamp: String(at),
    ...(sentAt === undefined || sentAt <= 0 ? {} : { senderTimestamp: sentAt })
  }
}

const jidsIn = (index: Token | undefined): readonly string[] => {
  try {
    const listed: unknown = JSON.parse(Buffer.from(index?.token ?? []).toString())
    return Array.isArray(listed) ? listed.filter((jid) => typeof jid === "string" && jid !== INDEX) : []
  } catch {
    return []
  }
}
