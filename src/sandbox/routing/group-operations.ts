/**
 * What a member may do to a group, and which devices are notified. Clients get here by iqs (iq/groups.ts), phones and
 * contacts directly (people/person.ts). The server notifies the companions of every member of each change, the author's
 * own included, by a `<notification type="w:gp2">` with one child that names the change (messages-recv.js
 * handleGroupNotification).
 */
import { randomBytes } from "node:crypto"
import type { BinaryNode } from "@whiskeysockets/baileys"
import { InvalidRequest } from "../request-errors.ts"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Group, Groups } from "../state/groups.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Delivery } from "./delivery.ts"
import { groupNode, participantNode } from "./group-stanzas.ts"

/** A change of members or their ranks. */
export type MemberAction = "add" | "remove" | "promote" | "demote"

/** The result of a change for one member. The error is a code of WhatsApp. */
export interface MemberResult {
  /** The jid in the request. */
  readonly jid: string
  readonly account: Account | undefined
  readonly error?: string
}

/** The author may not do this, or there is no such group. The code is that of the iq error. */
export class GroupRefusal extends InvalidRequest {
  readonly code: "401" | "403" | "404"

  constructor(code: GroupRefusal["code"]) {
    super({ 401: "not-authorized", 403: "forbidden", 404: "item-not-found" }[code])
    this.code = code
  }
}

const MEMBERS_MAX = 1024
const NEVER = 0

/** Each operation checks the author, then changes the group, then notifies its members. A refusal changes nothing. */
export class GroupOperations {
  readonly #accounts: Accounts
  readonly #groups: Groups
  readonly #delivery: Delivery

  constructor(accounts: Accounts, groups: Groups, delivery: Delivery) {
    this.#accounts = accounts
    this.#groups = groups
    this.#delivery = delivery
  }

  /** Creates a group with the author as its superadmin. Members without an account are left out. */
  create(author: Account, subject: string, members: readonly string[], key?: string): Group {
    const now = Number(unixSeconds())
    const group: Group = {
      id: `120363${randomDigits(12)}@g.us`,
      subject,
      subjectOwner: author.number,
      subjectAt: now,
      creator: author.number,
      createdAt: now,
      members: new Map([[author.number, "superadmin"]]),
      flags: new Set(),
      description: undefined,
      inviteCode: newInviteCode(),
      ephemeralSeconds: NEVER,
      joinApproval: false,
      memberAddMode: "admin_add",
      requests: new Map()
    }
    for (const jid of members) {
      const account = this.#accounts.find(jid)
      if (account !== undefined && account !== author && group.members.size < MEMBERS_MAX)
        group.members.set(account.number, "")
    }
    this.#groups.save(group)
    this.#notify(author, group, [element("create", { type: "new", key }, [groupNode(this.#accounts, group)])])
    return group
  }

  /** The group, for one of its members. */
  forMember(member: Account, id: string | undefined): Group {
    const group = this.#groups.get(id)
    if (group === undefined) throw new GroupRefusal("404")
    if (!group.members.has(member.number)) throw new GroupRefusal("403")
    return group
  }

  /** The group, for one of its admins. */
  forAdmin(admin: Account, id: string | undefined): Group {
    const group = this.forMember(admin, id)
    if (group.members.get(admin.number) === "") throw new GroupRefusal("403")
    return group
  }

  /** Adds, removes, promotes or demotes members. Each one succeeds or fails by itself. */
  changeMembers(
    author: Account,
    id: string | undefined,
    action: MemberAction,
    jids: readonly string[]
  ): MemberResult[] {
    const membersMayAdd = action === "add" && this.#groups.get(id)?.memberAddMode === "all_member_add"
    const group = membersMayAdd ? this.forMember(author, id) : this.forAdmin(author, id)
    const results = jids.map((jid) => this.#changeMember(group, action, jid))
    this.#groups.save(group)
    const changed = results.flatMap(({ account, error }) =>
      account === undefined || error !== undefined ? [] : [account]
    )
    if (changed.length === 0) return results
    if (action === "add") this.#notifyAdded(author, group, changed)
    this.#notify(
      author,
      group,
      [
        element(
          action,
          {},
          changed.map((member) => participantNode(member))
        )
      ],
      changed
    )
    return results
  }

  leave(member: Account, id: string | undefined): void {
    const group = this.forMember(member, id)
    group.members.delete(member.number)
    this.#groups.save(group)
    this.#notify(member, group, [element("remove", {}, [participantNode(member)])], [member])
  }

  setSubject(author: Account, id: string | undefined, subject: string): void {
    const group = this.#editable(author, id)
    group.subject = subject
    group.subjectOwner = author.number
    group.subjectAt = Number(unixSeconds())
    this.#groups.save(group)
    this.#notify(author, group, [element("subject", { subject, s_t: unixSeconds(), s_o: lidJid(author) })])
  }

  /** Sets the description; undefined deletes it. */
  setDescription(author: Account, id: string | undefined, descriptionId: string, body: string | undefined): void {
    const group = this.#editable(author, id)
    const at = Number(unixSeconds())
    group.description = body === undefined ? undefined : { id: descriptionId, body, owner: author.number, at }
    this.#groups.save(group)
    const content = body === undefined ? [element("delete")] : [element("body", {}, Buffer.from(body))]
    this.#notify(author, group, [element("description", { id: descriptionId }, content)])
  }

  /** Sets one of `announcement`, `not_announcement`, `locked`, `unlocked`. */
  setFlag(author: Account, id: string | undefined, setting: string): void {
    const group = this.forAdmin(author, id)
    if (setting === "not_announcement") group.flags.delete("announcement")
    else if (setting === "unlocked") group.flags.delete("locked")
    else group.flags.add(setting)
    this.#groups.save(group)
    this.#notify(author, group, [element(setting)])
  }

  setEphemeral(author: Account, id: string | undefined, seconds: number): void {
    const group = this.#editable(author, id)
    group.ephemeralSeconds = seconds
    this.#groups.save(group)
    const change = seconds === NEVER ? element("not_ephemeral") : element("ephemeral", { expiration: String(seconds) })
    this.#notify(author, group, [change])
  }

  setJoinApproval(author: Account, id: string | undefined, on: boolean): void {
    const group = this.forAdmin(author, id)
    group.joinApproval = on
    this.#groups.save(group)
    const mode = element("group_join", { state: on ? "on" : "off" })
    this.#notify(author, group, [element("membership_approval_mode", {}, [mode])])
  }

  setMemberAddMode(author: Account, id: string | undefined, mode: string): void {
    const group = this.forAdmin(author, id)
    group.memberAddMode = mode
    this.#groups.save(group)
    this.#notify(author, group, [element("member_add_mode", {}, Buffer.from(mode))])
  }

  /** The invite code, for an admin. `revoke` replaces it by a new one. */
  inviteCode(author: Account, id: string | undefined, revoke: boolean): string {
    const group = this.forMember(author, id)
    if (group.members.get(author.number) === "") throw new GroupRefusal("401")
    if (revoke) {
      group.inviteCode = newInviteCode()
      this.#groups.save(group)
      this.#notify(author, group, [element("invite", { code: group.inviteCode })])
    }
    return group.inviteCode
  }

  byInvite(code: string | undefined): Group {
    const group = this.#groups.byInviteCode(code)
    if (group === undefined) throw new GroupRefusal("404")
    return group
  }

  /** Joins by an invite code. Returns the group, and whether an admin must approve first. */
  join(account: Account, code: string | undefined): { group: Group; pending: boolean } {
    const group = this.byInvite(code)
    if (group.members.has(account.number)) return { group, pending: false }
    if (group.joinApproval) {
      group.requests.set(account.number, Number(unixSeconds()))
      this.#groups.save(group)
      const attrs = { request_method: "invite_link" }
      this.#notify(account, group, [element("created_membership_requests", attrs, [participantNode(account)])])
      return { group, pending: true }
    }
    this.#add(account, group, account)
    return { group, pending: false }
  }

  /** Approves or rejects accounts that asked to join. */
  decideRequests(admin: Account, id: string | undefined, approve: boolean, jids: readonly string[]): MemberResult[] {
    const group = this.forAdmin(admin, id)
    return jids.map((jid) => {
      const account = this.#accounts.find(jid)
      if (account === undefined || !group.requests.delete(account.number)) return { jid, account, error: "404" }
      if (approve) this.#add(admin, group, account)
      else this.#notify(admin, group, [element("revoked_membership_requests", {}, [participantNode(account)])])
      this.#groups.save(group)
      return { jid, account }
    })
  }

  #changeMember(group: Group, action: MemberAction, jid: string): MemberResult {
    const account = this.#accounts.find(jid)
    if (account === undefined) return { jid, account, error: "404" }
    const isMember = group.members.has(account.number)
    if (action === "add") {
      if (isMember) return { jid, account, error: "409" }
      if (group.members.size >= MEMBERS_MAX) return { jid, account, error: "419" }
      group.members.set(account.number, "")
      return { jid, account }
    }
    if (!isMember) return { jid, account, error: "404" }
    if (action === "remove") group.members.delete(account.number)
    else group.members.set(account.number, action === "promote" ? "admin" : "")
    return { jid, account }
  }

  #add(author: Account, group: Group, account: Account): void {
    group.members.set(account.number, "")
    this.#groups.save(group)
    this.#notifyAdded(author, group, [account])
    this.#notify(author, group, [element("add", {}, [participantNode(account)])])
  }

  /** Notifies new members of the group that they are in now. */
  #notifyAdded(author: Account, group: Group, members: readonly Account[]): void {
    for (const member of members)
      this.#notifyMember(
        member,
        this.#notification(author, group, [element("create", { type: "invite" }, [groupNode(this.#accounts, group)])])
      )
  }

  /** The group, for an author who may change its subject and description: every member, or only admins when it is locked. */
  #editable(author: Account, id: string | undefined): Group {
    const group = this.forMember(author, id)
    return group.flags.has("locked") ? this.forAdmin(author, id) : group
  }

  #notify(author: Account, group: Group, content: BinaryNode[], alsoTo: readonly Account[] = []): void {
    const members = [...group.members.keys()].flatMap((number) => this.#accounts.find(number) ?? [])
    const notification = this.#notification(author, group, content)
    for (const member of new Set([...members, ...alsoTo])) this.#notifyMember(member, notification)
  }

  #notifyMember(member: Account, notification: BinaryNode): void {
    for (const companion of this.#accounts.companions(member)) this.#delivery.deliver(companion, notification)
  }

  #notification(author: Account, group: Group, content: BinaryNode[]): BinaryNode {
    const attrs = {
      from: group.id,
      type: "w:gp2",
      id: serverStanzaId(),
      t: unixSeconds(),
      participant: lidJid(author),
      participant_pn: pnJid(author),
      addressing_mode: "lid",
      notify: author.name
    }
    return element("notification", attrs, content)
  }
}

function newInviteCode(): string {
  return randomBytes(16).toString("base64url")
}

function randomDigits(count: number): string {
  return Array.from(randomBytes(count), (byte) => String(byte % 10)).join("")
}
