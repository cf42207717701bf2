/**
 * Queries for the standing of an account with WhatsApp (xmlns w:mex): whether it may write to new people, and how many new chats it may
 * begin (socket.js fetchAccountReachoutTimelock, fetchNewChatMessageCap).
 */
import { QueryIds, XWAPaths } from "@whiskeysockets/baileys"
import { capWords, timelockWords } from "../routing/standing-notices.ts"
import type { MexQueries } from "./mex.ts"

/** By their ids. */
export const STANDING_QUERIES: MexQueries = new Map([
  [
    QueryIds.REACHOUT_TIMELOCK,
    {
      path: XWAPaths.xwa2_fetch_account_reachout_timelock,
      run: ({ account }) => timelockWords(account.standing ?? {})
    }
  ],
  [
    QueryIds.MESSAGE_CAPPING_INFO,
    { path: XWAPaths.xwa2_message_capping_info, run: ({ account }) => capWords(account.standing ?? {}) }
  ]
])
