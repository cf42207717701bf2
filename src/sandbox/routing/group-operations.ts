/**
 * What may be done to a group, by whom, and who is told. Clients get here by iqs (iq/groups.ts), phones and contacts
 * directly (person.ts). Groups are LID-addressed: members stand by LID with the number beside it.
 * Every change is told to the companions of all members in a `<notification type="w:gp2">` with one child that says what
 * happened (messages-recv.js handleGroupNotification), the author's own included.
 */
import { randomBytes } from "node:crypto"
import type { BinaryNode } from "@whiskeysockets/baileys"
import { lidJid, pnJid } from "../state/jid.ts"
import type { Delivery } from "./delivery.ts"
import type { Group, Groups, Rank } from "../state/groups.ts"
import { InvalidRequest } from "../request-errors.ts"
import { element, serverStanzaId, unixSeconds } from "../wire/stanza.ts"
import type { Account, World } from "../state/accounts.ts"

/** What can be done to members. */
export type MemberAction = "add" | "remove" | "promote" | "demote"

/** What became of one member in a change; an error is a code as WhatsApp gives it. */
export interface MemberResult {
  /** The address that was asked for. */
  readonly jid: string
  readonly account: Account | undefined
  readonly error?: string
}

/** The author may not do this, or the group is not there. The code is an iq error. */
export class GroupRefusal extends InvalidRequest {
  readonly code: "401" | "403" | "404"

  constructor(code: GroupRefusal["code"]) {
    super({ 401: "not-authorized", 403: "forbidden", 404: "item-not-found" }[code])
    this.code = code
  }
}

const MEMBERS_MAX = 1024
const NEVER = 0

/** Every operation checks the author first, then changes the group, then tells its members; a refusal changes nothing. */
export class GroupOperations {
  readonly #world: World
  readonly #groups: Groups
  readonly #delivery: Delivery

  constructor(world: World, groups: Groups, delivery: Delivery) {
    this.#world = world
    this.#groups = groups
    this.#delivery = delivery
  }

  /** Creates a group with the author as its superadmin. Members who do not exist are left out. */
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
      const account = this.#world.account(jid)
      if (account !== undefined && account !== author && group.members.size < MEMBERS_MAX)
        group.members.set(account.number, "")
    }
    this.#groups.save(group)
    this.#tell(author, group, [element("create", { type: "new", key }, [this.node(group)])])
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

  /** Adds, removes, promotes or demotes. Each member succeeds or fails for itself. */
  changeMembers(
    author: Account,
    id: string | undefined,
    action: MemberAction,
    jids: readonly string[]
  ): MemberResult[] {
    const everybodyMayAdd = action === "add" && this.#groups.get(id)?.memberAddMode === "all_member_add"
    const group = everybodyMayAdd ? this.forMember(author, id) : this.forAdmin(author, id)
    const results = jids.map((jid) => this.#changeMember(group, action, jid))
    this.#groups.save(group)
    const changed = results.flatMap(({ account, error }) =>
      account === undefined || error !== undefined ? [] : [account]
    )
    if (changed.length === 0) return results
    if (action === "add") this.#welcome(author, group, changed)
    this.#tell(
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
    this.#tell(member, group, [element("remove", {}, [participantNode(member)])], [member])
  }

  setSubject(author: Account, id: string | undefined, subject: string): void {
    const group = this.#editable(author, id)
    group.subject = subject
    group.subjectOwner = author.number
    group.subjectAt = Number(unixSeconds())
    this.#groups.save(group)
    this.#tell(author, group, [element("subject", { subject, s_t: unixSeconds(), s_o: lidJid(author) })])
  }

  /** Sets the description; undefined deletes it. */
  setDescription(author: Account, id: string | undefined, descriptionId: string, body: string | undefined): void {
    const group = this.#editable(author, id)
    const at = Number(unixSeconds())
    group.description = body === undefined ? undefined : { id: descriptionId, body, owner: author.number, at }
    this.#groups.save(group)
    const content = body === undefined ? [element("delete")] : [element("body", {}, Buffer.from(body))]
    this.#tell(author, group, [element("description", { id: descriptionId }, content)])
  }

  /** Sets one of `announcement`, `not_announcement`, `locked`, `unlocked`. */
  setFlag(author: Account, id: string | undefined, setting: string): void {
    const group = this.forAdmin(author, id)
    if (setting === "not_announcement") group.flags.delete("announcement")
    else if (setting === "unlocked") group.flags.delete("locked")
    else group.flags.add(setting)
    this.#groups.save(group)
    this.#tell(author, group, [element(setting)])
  }

  setEphemeral(author: Account, id: string | undefined, seconds: number): void {
    const group = this.#editable(author, id)
    group.ephemeralSeconds = seconds
    this.#groups.save(group)
    const change = seconds === NEVER ? element("not_ephemeral") : element("ephemeral", { expiration: String(seconds) })
    this.#tell(author, group, [change])
  }

  setJoinApproval(author: Account, id: string | undefined, on: boolean): void {
    const group = this.forAdmin(author, id)
    group.joinApproval = on
    this.#groups.save(group)
    const mode = element("group_join", { state: on ? "on" : "off" })
    this.#tell(author, group, [element("membership_approval_mode", {}, [mode])])
  }

  setMemberAddMode(author: Account, id: string | undefined, mode: string): void {
    const group = this.forAdmin(author, id)
    group.memberAddMode = mode
    this.#groups.save(group)
    this.#tell(author, group, [element("member_add_mode", {}, Buffer.from(mode))])
  }

  /** The invite code, for admins; a new one when `revoke` makes the old one worthless. */
  inviteCode(author: Account, id: string | undefined, revoke: boolean): string {
    const group = this.forMember(author, id)
    if (group.members.get(author.number) === "") throw new GroupRefusal("401")
    if (revoke) {
      group.inviteCode = newInviteCode()
      this.#groups.save(group)
      this.#tell(author, group, [element("invite", { code: group.inviteCode })])
    }
    return group.inviteCode
  }

  byInvite(code: string | undefined): Group {
    const group = this.#groups.byInviteCode(code)
    if (group === undefined) throw new GroupRefusal("404")
    return group
  }

  /** Joins by an invite code. Gives the group, and whether an admin has to agree first. */
  join(account: Account, code: string | undefined): { group: Group; pending: boolean } {
    const group = this.byInvite(code)
    if (group.members.has(account.number)) return { group, pending: false }
    if (group.joinApproval) {
      group.requests.set(account.number, Number(unixSeconds()))
      this.#groups.save(group)
      const attrs = { request_method: "invite_link" }
      this.#tell(account, group, [element("created_membership_requests", attrs, [participantNode(account)])])
      return { group, pending: true }
    }
    this.#admit(account, group, account)
    return { group, pending: false }
  }

  /** Agrees or refuses to let in those who asked. */
  decide(admin: Account, id: string | undefined, approve: boolean, jids: readonly string[]): MemberResult[] {
    const group = this.forAdmin(admin, id)
    return jids.map((jid) => {
      const account = this.#world.account(jid)
      if (account === undefined || !group.requests.delete(account.number)) return { jid, account, error: "404" }
      if (approve) this.#admit(admin, group, account)
      else this.#tell(admin, group, [element("revoked_membership_requests", {}, [participantNode(account)])])
      this.#groups.save(group)
      return { jid, account }
    })
  }

  /** `<group>` as queries and notifications show it (groups.js extractGroupMetadata). */
  node(group: Group): BinaryNode {
    const creator = this.#world.account(group.creator)
    const subjectOwner = this.#world.account(group.subjectOwner)
    const attrs = {
      id: group.id.split("@")[0],
      subject: group.subject,
      addressing_mode: "lid",
      creation: String(group.createdAt),
      s_t: String(group.subjectAt),
      size: String(group.members.size),
      ...(creator === undefined ? {} : { creator: lidJid(creator), creator_pn: pnJid(creator) }),
      ...(subjectOwner === undefined ? {} : { s_o: lidJid(subjectOwner), s_o_pn: pnJid(subjectOwner) })
    }
    return element("group", attrs, [...this.#memberNodes(group), ...this.#settingNodes(group)])
  }

  #memberNodes(group: Group): BinaryNode[] {
    return [...group.members].flatMap(([number, rank]) => {
      const account = this.#world.account(number)
      return account === undefined ? [] : [participantNode(account, rank)]
    })
  }

  #settingNodes(group: Group): BinaryNode[] {
    const { description, ephemeralSeconds, joinApproval, memberAddMode } = group
    const nodes = [...group.flags].map((flag) => element(flag))
    if (description !== undefined) {
      const owner = this.#world.account(description.owner)
      const attrs = { id: description.id, t: String(description.at), participant: owner && lidJid(owner) }
      nodes.push(element("description", attrs, [element("body", {}, Buffer.from(description.body))]))
    }
    if (ephemeralSeconds !== NEVER) nodes.push(element("ephemeral", { expiration: String(ephemeralSeconds) }))
    if (joinApproval) nodes.push(element("membership_approval_mode", {}, [element("group_join", { state: "on" })]))
    nodes.push(element("member_add_mode", {}, Buffer.from(memberAddMode)))
    return nodes
  }

  #changeMember(group: Group, action: MemberAction, jid: string): MemberResult {
    const account = this.#world.account(jid)
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

  #admit(author: Account, group: Group, account: Account): void {
    group.members.set(account.number, "")
    this.#groups.save(group)
    this.#welcome(author, group, [account])
    this.#tell(author, group, [element("add", {}, [participantNode(account)])])
  }

  /** Tells new members which group they are in. */
  #welcome(author: Account, group: Group, members: readonly Account[]): void {
    for (const member of members)
      this.#tellMember(
        member,
        this.#notification(author, group, [element("create", { type: "invite" }, [this.node(group)])])
      )
  }

  /** Who may change subject and description: everybody, unless the group is locked. */
  #editable(author: Account, id: string | undefined): Group {
    const group = this.forMember(author, id)
    return group.flags.has("locked") ? this.forAdmin(author, id) : group
  }

  #tell(author: Account, group: Group, content: BinaryNode[], alsoTo: readonly Account[] = []): void {
    const members = [...group.members.keys()].flatMap((number) => this.#world.account(number) ?? [])
    const notification = this.#notification(author, group, content)
    for (const member of new Set([...members, ...alsoTo])) this.#tellMember(member, notification)
  }

  #tellMember(member: Account, notification: BinaryNode): void {
    for (const device of this.#world.devices(member)) {
      if (device.id !== 0) this.#delivery.deliver(device, notification)
    }
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

/** `<participant>` as metadata and notifications show it. */
export function participantNode(account: Account, rank: Rank = ""): BinaryNode {
  const type = rank === "" ? undefined : rank
  return element("participant", { jid: lidJid(account), phone_number: pnJid(account), type })
}

function newInviteCode(): string {
  return randomBytes(16).toString("base64url")
}

function randomDigits(count: number): string {
  return Array.from(randomBytes(count), (byte) => String(byte % 10)).join("")
}
