/** A phone's past, as large as a test wants it. */
import type { Phone } from "../../src/sandbox/people/phone.ts"

export interface PastSize {
  readonly chats: number
  readonly contacts: number
  readonly messages: number
}

/** A number of the phone's past; those before `chats` have one. */
export const pastNumber = (index: number): string => String(51_930_000_001 + index)

const BEGAN = 1_780_000_000

/** When a message was, in seconds: messages go round the chats. */
export const pastTime = (index: number): number => BEGAN + index * 60

/**
 * Gives the phone its past: every tenth chat is archived, every seventh pinned and muted, every third has unread messages; the owner has
 * saved every other contact.
 */
export const givePast = async (phone: Phone, { chats, contacts, messages }: PastSize): Promise<void> => {
  phone.setHistory(
    Array.from({ length: messages }, (_, i) => ({
      with: pastNumber(i % chats),
      text: `message ${i}: ${"palabra ".repeat(i % 12)}`,
      fromMe: i % 4 === 0,
      at: pastTime(i)
    }))
  )
  phone.setKnown({
    chats: Array.from({ length: chats }, (_, i) => ({
      with: pastNumber(i),
      archived: i % 10 === 0,
      ...(i % 7 === 0 ? { pinnedAt: BEGAN, mutedUntil: -1 } : {}),
      unread: i % 3 === 0 ? (i % 5) + 1 : 0
    })),
    people: Array.from({ length: contacts }, (_, i) => ({
      number: pastNumber(i),
      pushName: `push ${i}`
    }))
  })
  const saved = Array.from({ length: Math.ceil(contacts / 2) }, (_, i) => ({
    save: `Saved ${2 * i}`,
    chat: pastNumber(2 * i)
  }))
  await phone.do(...saved)
}
