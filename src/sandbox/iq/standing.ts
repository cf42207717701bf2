/**
 * Queries for the standing of an account with WhatsApp (xmlns w:mex): whether it may write to new people, and how many new chats it may
 * begin (socket.js fetchAccountReachoutTimelock, fetchNewChatMessageCap).
 */
import { QueryIds, XWAPaths } from "@whiskeysockets/baileys"
import { capWords, timelockWords } from "../routing/standing-notices.ts"
import type { Standing } from "../state/standing.ts"
import { element } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

const ANSWERS = new Map<string, (standing: Standing) => object>([
  [
    QueryIds.REACHOUT_TIMELOCK,
    (standing) => ({ [XWAPaths.xwa2_fetch_account_reachout_timelock]: timelockWords(standing) })
  ],
  [QueryIds.MESSAGE_CAPPING_INFO, (standing) => ({ [XWAPaths.xwa2_message_capping_info]: capWords(standing) })]
])

/** Registers the handler of w:mex. */
export function registerStanding(registry: IqRegistry): void {
  registry.on("w:mex", ({ first, device, answer }) => {
    const data = ANSWERS.get(first.attrs["query_id"] ?? "")?.(device.account.standing ?? {})
    if (data === undefined) return false
    answer([element("result", {}, Buffer.from(JSON.stringify({ data })))])
    return true
  })
}
