/**
 * Queries for the standing of an account with WhatsApp (xmlns w:mex): restrictions and message limits. Accounts of this
 * network have neither (chats.js, socket.js fetchAccountReachoutTimelock).
 */
import { QueryIds, XWAPaths } from "@whiskeysockets/baileys"
import { element } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

const STANDING = new Map<string, object>([
  [QueryIds.REACHOUT_TIMELOCK, { [XWAPaths.xwa2_fetch_account_reachout_timelock]: { is_active: false } }],
  [
    QueryIds.MESSAGE_CAPPING_INFO,
    {
      [XWAPaths.xwa2_message_capping_info]: {
        total_quota: 1000,
        used_quota: 0,
        cycle_start_timestamp: "0",
        cycle_end_timestamp: "0",
        server_sent_timestamp: "0",
        ote_status: "NOT_ELIGIBLE",
        mv_status: "NOT_ELIGIBLE",
        capping_status: "NONE"
      }
    }
  ]
])

/** Registers the handler of w:mex. */
export function registerStanding(registry: IqRegistry): void {
  registry.on("w:mex", ({ first, answer }) => {
    const data = STANDING.get(first.attrs["query_id"] ?? "")
    if (data === undefined) return false
    answer([element("result", {}, Buffer.from(JSON.stringify({ data })))])
    return true
  })
}
