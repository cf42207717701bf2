/** What is new about a contact, compared with what is known. Pure. */
import type { ContactNews } from "../../../events/contact.ts"
import type { Contact } from "../../../store/roster/contacts.ts"
import type { Told } from "../../../whatsapp/roster.ts"

const TEXTS = ["name", "pushName", "verifiedName", "username"] as const

/**
 * Undefined where nothing is new. `known`: the contact under its key. `before`: the same person as known by number alone, where `said`
 * names the LID as well; what is known there goes on under the LID.
 */
export const contactNews = (
  said: ContactNews,
  known: Contact | undefined,
  before: Contact | undefined,
  told: Told
): ContactNews | undefined => {
  const number = said.number ?? known?.number ?? null
  const isBound = said.lid === null || number === null || known?.number === number
  const carried = isBound ? undefined : before
  const news: { -readonly [F in keyof ContactNews]: ContactNews[F] } = { lid: said.lid, number }
  for (const field of TEXTS) {
    const is = known?.[field] ?? carried?.[field]
    const value = said[field] === undefined || (told === "history" && is) ? is : said[field]
    if (value !== undefined && value !== (known?.[field] ?? null)) news[field] = value
  }
  const isBlocked = said.blocked ?? carried?.isBlocked ?? known?.isBlocked ?? false
  if (isBlocked !== (known?.isBlocked ?? false)) news.blocked = isBlocked
  return isBound && Object.keys(news).length === 2 ? undefined : news
}

export const contactAfter = (key: string, known: Contact | undefined, news: ContactNews): Contact => ({
  key,
  lid: news.lid,
  number: news.number,
  name: news.name ?? (news.name === null ? null : (known?.name ?? null)),
  pushName: news.pushName ?? (news.pushName === null ? null : (known?.pushName ?? null)),
  verifiedName: news.verifiedName ?? (news.verifiedName === null ? null : (known?.verifiedName ?? null)),
  username: news.username ?? (news.username === null ? null : (known?.username ?? null)),
  isBlocked: news.blocked ?? known?.isBlocked ?? false
})
