/** The account's own profile. */
import { done } from "../../operations/fields.ts"
import type { Handlers } from "./handler.ts"

export const profileHandlers: Handlers<"profile.set_about"> = {
  "profile.set_about": async ({ about }, { socket }) => {
    await socket.updateProfileStatus(about)
    return done
  }
}
