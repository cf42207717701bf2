/**
 * Pictures of accounts and groups. The codes are those that whatsmeow names (GetProfilePictureInfo, SetGroupPhoto): 401 hidden, 404 none,
 * 406 no picture. Who knows an account, and the members of a group, are told of a change: `<notification type=picture>`.
 */
import { type BinaryNode, generateProfilePicture, isJidGroup } from "@whiskeysockets/baileys"
import { IqRefusal } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Group, Groups } from "../state/groups.ts"
import { lidJid } from "../state/jid.ts"
import type { Picture } from "../state/picture.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import { announcePicture } from "./announcements.ts"
import type { Delivery } from "./delivery.ts"
import type { GroupRights } from "./group-rights.ts"
import { isShown } from "./visibility.ts"

/** Keeps the bytes of pictures: the media server. */
export interface PictureFiles {
  /** `127.0.0.1:<port>` */
  readonly host: string
  /** Keeps a file and returns its path. */
  keep(bytes: Uint8Array): Promise<string>
}

/** What pictures need. */
export interface PictureParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly rights: GroupRights
  readonly delivery: Delivery
  readonly files: PictureFiles
}

/** As it was set, or small. */
export type PictureSize = "image" | "preview"

const PREVIEW_PIXELS = 96

/** Every picture. Each method throws an `IqRefusal` or a `GroupRefusal` when the account may not. */
export class Pictures {
  readonly #parts: PictureParts

  constructor(parts: PictureParts) {
    this.#parts = parts
  }

  /** The id and the URL of the picture of an account or a group, as the viewer may see it. */
  show(viewer: Account, target: string, size: PictureSize): { readonly id: string; readonly url: string } {
    const { accounts, groups, files } = this.#parts
    const group = isJidGroup(target) === true ? groups.get(target) : undefined
    const account = accounts.find(target)
    const isHidden =
      group === undefined
        ? account !== undefined && !isShown(account, "profile", viewer)
        : !group.members.has(viewer.number)
    if (isHidden) throw new IqRefusal("401", "not-authorized")
    const picture = group?.picture ?? account?.picture
    if (picture === undefined) throw new IqRefusal("404", "item-not-found")
    return { id: picture.id, url: `https://${files.host}${picture[size]}` }
  }

  /** Sets the picture of the author, or of a group that the author may change; undefined removes it. Returns the id of the new one. */
  async set(author: Account, target: string | undefined, bytes: Uint8Array | undefined): Promise<string | undefined> {
    const { accounts, groups, rights } = this.#parts
    const group = isJidGroup(target) === true ? rights.ofEditor(author, target) : undefined
    if (group === undefined && target !== undefined && accounts.find(target) !== author)
      throw new IqRefusal("403", "forbidden")
    const picture = bytes === undefined ? undefined : await this.#keep(bytes)
    const change = picture === undefined ? "delete" : "set"
    if (group === undefined) {
      author.picture = picture
      accounts.save(author)
      announcePicture(accounts, this.#parts.delivery, author, changeNode(change, author, picture))
    } else {
      group.picture = picture
      groups.save(group)
      this.#tellMembers(group, changeNode(change, author, picture))
    }
    return picture?.id
  }

  async #keep(bytes: Uint8Array): Promise<Picture> {
    const { files } = this.#parts
    try {
      const size = { width: PREVIEW_PIXELS, height: PREVIEW_PIXELS }
      const { img } = await generateProfilePicture(Buffer.from(bytes), size)
      const [image, preview] = [await files.keep(bytes), await files.keep(img)]
      return { id: String(Date.now()), image, preview }
    } catch {
      throw new IqRefusal("406", "not-acceptable")
    }
  }

  #tellMembers(group: Group, change: BinaryNode): void {
    const { accounts, delivery } = this.#parts
    const attrs = { from: group.id, type: "picture", id: serverStanzaId(), t: unixSeconds() }
    for (const number of group.members.keys()) {
      const member = accounts.find(number)
      if (member === undefined) continue
      for (const companion of accounts.companions(member))
        delivery.deliver(companion, element("notification", attrs, [change]))
    }
  }
}

function changeNode(change: "set" | "delete", author: Account, picture: Picture | undefined): BinaryNode {
  return element(change, { author: lidJid(author), id: picture?.id })
}
