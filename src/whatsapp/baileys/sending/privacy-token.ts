/**
 * The token that a contact has given this account. WhatsApp takes a message to a contact who protects itself only with it, and while the
 * account may not write to new people, every message.
 */
import { isLidUser, jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys"

/** Undefined where there is none, and where it is too old for WhatsApp. `jid`: of the contact. */
export const privacyToken = async (
  { authState, signalRepository }: WASocket,
  jid: string
): Promise<Uint8Array | undefined> => {
  // Tokens are kept by LID, as WhatsApp Web does.
  const account = jidNormalizedUser(jid)
  const lid = isLidUser(account) ? account : await signalRepository.lidMapping.getLIDForPN(account)
  const name = lid ? jidNormalizedUser(lid) : account
  const { [name]: kept } = await authState.keys.get("tctoken", [name])
  return kept?.token?.length && !isTooOld(Number(kept.timestamp), Date.now() / 1_000) ? kept.token : undefined
}

/** As Baileys judges it (tc-token-utils.js, which it does not export): the week of now and the three before count. Unix seconds. */
const isTooOld = (timestamp: number, now: number): boolean =>
  !(timestamp >= (Math.floor(now / WEEK_S) - (WEEKS - 1)) * WEEK_S)

const WEEK_S = 604_800
const WEEKS = 4
