/** Messages that disappear: in a chat with a timer a message does so too, unless the client says otherwise. */
import { Effect } from "effect"
import { chatKey } from "../../../events/roster-key.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { RosterShape } from "../../../store/roster/roster.ts"
import { isChannelJid, isGroupJid, STATUS } from "../../../whatsapp/jid.ts"
import type { Recipient } from "../../../whatsapp/whatsapp.ts"
import type { Send } from "../commands.ts"

/** The command with the timer of its chat. */
export const withTimer = (
  roster: RosterShape,
  device: number,
  command: Send,
  { jid, lid }: Recipient
): Effect.Effect<Send, StoreUnavailable> =>
  Effect.gen(function* () {
    if (command.context?.expiresInSeconds !== undefined || isChannelJid(jid) || jid === STATUS) return command
    const { key, other } = chatKey(jid, lid)
    const ofGroup = isGroupJid(jid) ? (yield* roster.groups.byIds(device, [jid])).get(jid)?.disappearingSeconds : 0
    const ofChat = yield* roster.chats.disappearingSeconds(device, other === null ? [key] : [key, other])
    const expiresInSeconds = ofGroup || ofChat
    return expiresInSeconds === 0 ? command : { ...command, context: { ...command.context, expiresInSeconds } }
  })
