/** What others see of the account now. */
import { OperationUnfit } from "../../operations/failures.ts"
import { done } from "../../operations/fields.ts"
import type { presenceOperations } from "../../operations/presence.ts"
import { addressOf } from "./addressing.ts"
import type { HandlersOf } from "./handler.ts"

export const presenceHandlers: HandlersOf<typeof presenceOperations> = {
  "presence.set": async ({ available }, { socket }) => {
    // Baileys would send nothing, and say nothing.
    if (!socket.authState.creds.me?.name)
      throw new OperationUnfit({
        field: "available",
        reason: "needs the account's name, which its phone has not told yet"
      })
    await socket.sendPresenceUpdate(available ? "available" : "unavailable")
    return done
  },
  "presence.type": async ({ chat, action }, context) => {
    await context.socket.sendPresenceUpdate(action, await addressOf(context, chat))
    return done
  }
}
