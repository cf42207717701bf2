/** The account's own profile. Its other devices are told by WhatsApp. */
import { done } from "../../operations/fields.ts"
import type { profileOperations } from "../../operations/profile.ts"
import { personIn } from "../names/people.ts"
import { changeAppState } from "./app-state.ts"
import type { HandlersOf } from "./handler.ts"
import { profilePicture, setPicture } from "./picture.ts"

export const profileHandlers: HandlersOf<typeof profileOperations> = {
  "profile.set_name": async ({ name }, { socket, self, changed }) => {
    await changeAppState(socket, "profile.set_name", { pushNameSetting: name }, "")
    const { me } = socket.authState.creds
    // Baileys then shows it to others with the account's presence.
    if (me) socket.ev.emit("creds.update", { me: { ...me, name } })
    const own = personIn(self().lid, self().jid)
    if (own) changed([{ type: "contact", contact: { ...own, pushName: name } }])
    return done
  },
  "profile.set_about": async ({ about }, { socket }) => {
    await socket.updateProfileStatus(about)
    return done
  },
  "profile.set_picture": async ({ picture }, context) => {
    await setPicture(context.socket, undefined, await profilePicture(context, picture))
    return done
  },
  "profile.remove_picture": async (_input, { socket }) => {
    await setPicture(socket, undefined, undefined)
    return done
  }
}
