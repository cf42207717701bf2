/** What others may see of the account. */
import { S_WHATSAPP_NET } from "@whiskeysockets/baileys"
import { done } from "../../operations/fields.ts"
import type { PrivacySetting, privacyOperations } from "../../operations/privacy.ts"
import type { HandlersOf } from "./handler.ts"

/** WhatsApp's own names. */
const categories: Readonly<Record<PrivacySetting, string>> = {
  lastSeen: "last",
  online: "online",
  picture: "profile",
  about: "status",
  readReceipts: "readreceipts",
  groupAdd: "groupadd",
  calls: "calladd",
  messages: "messages"
}

const settingOf = new Map(Object.entries(categories).map(([setting, category]) => [category, setting]))

export const privacyHandlers: HandlersOf<typeof privacyOperations> = {
  "privacy.get": async (_input, { socket }) => {
    const found = await socket.fetchPrivacySettings(true)
    const settings = Object.entries(found).map(([category, value]) => [settingOf.get(category) ?? category, value])
    return { settings: Object.fromEntries(settings) as Record<string, string> }
  },
  "privacy.set": async ({ setting, value }, { socket }) => {
    const category = { tag: "category", attrs: { name: categories[setting], value } }
    await socket.query({
      tag: "iq",
      attrs: { to: S_WHATSAPP_NET, type: "set", xmlns: "privacy" },
      content: [{ tag: "privacy", attrs: {}, content: [category] }]
    })
    // Baileys remembers them: whether receipts say "read" depends on them.
    await socket.fetchPrivacySettings(true)
    return done
  },
  "privacy.disappear": async ({ seconds }, { socket }) => {
    await socket.updateDefaultDisappearingMode(seconds)
    return done
  }
}
