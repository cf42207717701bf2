/** Queries about pictures (xmlns w:profile:picture; chats.js profilePictureUrl, updateProfilePicture, removeProfilePicture). */
import type { Pictures } from "../routing/pictures.ts"
import { element } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

/** Registers the handler of w:profile:picture. Without a target a change is about the client's own account. */
export function registerPictureQueries(registry: IqRegistry, pictures: Pictures): void {
  registry.on("w:profile:picture", async ({ device, stanza, isSet, first, answer }) => {
    const { target } = stanza.attrs
    if (isSet) {
      const bytes = first.content instanceof Uint8Array ? first.content : undefined
      const id = await pictures.set(device.account, target, bytes)
      answer(id === undefined ? [] : [element("picture", { id })])
      return true
    }
    const size = first.attrs["type"] === "image" ? "image" : "preview"
    const { id, url } = pictures.show(device.account, target ?? device.account.number, size)
    answer([element("picture", { id, type: size, url })])
    return true
  })
}
