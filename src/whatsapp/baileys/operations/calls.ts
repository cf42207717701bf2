/** Calls: refusing one that rings, and links to call by. */
import { CALL_AUDIO_PREFIX, CALL_VIDEO_PREFIX } from "@whiskeysockets/baileys"
import type { callOperations } from "../../operations/calls.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import { done } from "../../operations/fields.ts"
import { personIn } from "../names/people.ts"
import { addressOf } from "./addressing.ts"
import type { HandlersOf } from "./handler.ts"
import { refused } from "./refusals.ts"

export const callHandlers: HandlersOf<typeof callOperations> = {
  "call.reject": async ({ callId, from }, context) => {
    const caller = await addressOf(context, from)
    const person = personIn(caller)
    if (person === null) throw new OperationUnfit({ field: "from", reason: "is no person" })
    await context.socket.rejectCall(callId, caller)
    context.changed([{ type: "call_over", callId, from: person, outcome: "rejected", at: Date.now() }])
    return done
  },
  "call.link": async ({ video }, { socket }) => {
    const token = await socket.createCallLink(video ? "video" : "audio")
    if (token === undefined) throw refused("call.link", 500)
    return { url: `${video ? CALL_VIDEO_PREFIX : CALL_AUDIO_PREFIX}${token}` }
  }
}
