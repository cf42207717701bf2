/** Subject, description and settings of groups. Each operation checks the author, then changes the group, then tells its members. */
import type { Account } from "../state/account.ts"
import type { Group, Groups } from "../state/groups.ts"
import { lidJid } from "../state/jid.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import type { GroupNews } from "./group-news.ts"
import { GroupRefusal, type GroupRights } from "./group-rights.ts"

/** Longer subjects are refused with 406 (whatsmeow CreateGroup); WhatsApp's apps allow 100 characters. */
const SUBJECT_MAX = 100
const NEVER = 0

/** A description and who wrote it last. */
export interface Description {
  readonly id: string
  /** Undefined deletes the description. */
  readonly body: string | undefined
  /** The id of the description that the author saw last. */
  readonly previous?: string | undefined
}

/** The settings of every group. */
export class GroupSettings {
  readonly #rights: GroupRights
  readonly #groups: Groups
  readonly #news: GroupNews

  constructor(rights: GroupRights, groups: Groups, news: GroupNews) {
    this.#rights = rights
    this.#groups = groups
    this.#news = news
  }

  setSubject(author: Account, id: string | undefined, subject: string): void {
    const group = this.#rights.ofEditor(author, id)
    group.subject = checkedSubject(subject)
    group.subjectOwner = author.number
    group.subjectAt = Number(unixSeconds())
    this.#groups.save(group)
    this.#news.tell(author, group, element("subject", { subject, s_t: unixSeconds(), s_o: lidJid(author) }))
  }

  /** Sets or deletes the description. An author who has not seen the newest one is refused with 409 (whatsmeow SetGroupTopic). */
  setDescription(author: Account, id: string | undefined, { id: own, body, previous }: Description): void {
    const group = this.#rights.ofEditor(author, id)
    if (group.description !== undefined && previous !== group.description.id) throw new GroupRefusal("409")
    group.description =
      body === undefined ? undefined : { id: own, body, owner: author.number, at: Number(unixSeconds()) }
    this.#groups.save(group)
    const content = body === undefined ? element("delete") : element("body", {}, Buffer.from(body))
    this.#news.tell(author, group, element("description", { id: own }, [content]))
  }

  /** Sets one of `announcement`, `not_announcement`, `locked`, `unlocked`. */
  setFlag(author: Account, id: string | undefined, setting: string): void {
    const group = this.#rights.ofAdmin(author, id)
    applyFlag(group, setting)
    this.#groups.save(group)
    this.#news.tell(author, group, element(setting))
  }

  /** Sets after how many seconds new messages disappear; 0: never. */
  setEphemeral(author: Account, id: string | undefined, seconds: number): void {
    const group = this.#rights.ofEditor(author, id)
    if (!Number.isInteger(seconds) || seconds < 0) throw new GroupRefusal("400")
    group.ephemeralSeconds = seconds
    this.#groups.save(group)
    const change = seconds === NEVER ? element("not_ephemeral") : element("ephemeral", { expiration: String(seconds) })
    this.#news.tell(author, group, change)
  }

  setJoinApproval(author: Account, id: string | undefined, on: boolean): void {
    const group = this.#rights.ofAdmin(author, id)
    group.joinApproval = on
    this.#groups.save(group)
    const mode = element("group_join", { state: on ? "on" : "off" })
    this.#news.tell(author, group, element("membership_approval_mode", {}, [mode]))
  }

  /** Sets who may add members: `admin_add` or `all_member_add`. */
  setMemberAddMode(author: Account, id: string | undefined, mode: string): void {
    const group = this.#rights.ofAdmin(author, id)
    if (mode !== "admin_add" && mode !== "all_member_add") throw new GroupRefusal("400")
    group.memberAddMode = mode
    this.#groups.save(group)
    this.#news.tell(author, group, element("member_add_mode", {}, Buffer.from(mode)))
  }
}

/** The subject, if the server takes it. */
export function checkedSubject(subject: string): string {
  if (subject === "" || subject.length > SUBJECT_MAX) throw new GroupRefusal("406")
  return subject
}

/** Applies one of `announcement`, `not_announcement`, `locked`, `unlocked`. */
export function applyFlag({ flags }: Group, setting: string): void {
  if (setting === "not_announcement") flags.delete("announcement")
  else if (setting === "unlocked") flags.delete("locked")
  else flags.add(setting)
}
