/** What an account does with groups and communities: through the API, on the network, and in the log. */
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { GatewayOfOne } from "../support/gateway-of-one.ts"
import { widePicture } from "../support/pictures.ts"
import { until } from "../support/until.ts"

const ME = "51911000001"
const BETO = "51922000001"
const CARLA = "51922000002"
const DORA = "51922000003"
const NOBODY = "51922000009"
const NO_GROUP = "120363000000000000@g.us"

let account: GatewayOfOne

beforeAll(async () => {
  account = await GatewayOfOne.start(ME)
  for (const number of [BETO, CARLA, DORA]) account.network.addContact(number, { behaviour: "silent" })
})
afterAll(async () => {
  expect(account.network.unknownIqs).toEqual([])
  await account[Symbol.asyncDispose]()
})

const contact = (number: string) => account.network.contact(number)
/** The group as a member's phone shows it. */
const seenBy = (number: string, group: string) => contact(number).groups.find(group)
const known = async (group: string) => (await account.get(`/groups/${group}`)).body
const untilKnown = async (group: string, is: (known: Awaited<ReturnType<typeof account.get>>["body"]) => boolean) =>
  until(async () => is(await known(group)), "the gateway to know it")
const ranks = ({ members }: { members: readonly { number: string; rank: string }[] }) =>
  members.map(({ number, rank }) => `${number} ${rank}`).toSorted()

describe("a group that the account creates", () => {
  let group: string

  beforeEach(async () => {
    const { body } = await account.post("/groups", { subject: "Pedidos", members: [BETO, contact(CARLA).jid] })
    group = body.group.group
  })

  it("has its members, and is in the log and the roster", async () => {
    const created = { subject: "Reparto", members: [BETO, NOBODY] }
    const { status, body } = await account.post("/groups", created)
    expect(status).toBe(200)
    expect(body.results).toEqual([
      { person: BETO, code: 200 },
      { person: NOBODY, code: 404 }
    ])
    expect(body.group).toMatchObject({ subject: "Reparto", size: 2, owner: { number: ME }, announcement: false })
    expect(ranks(body.group)).toEqual([`${ME} superadmin`, `${BETO} member`].toSorted())
    expect(seenBy(BETO, body.group.group)).toMatchObject({ subject: "Reparto", rank: "" })
    await untilKnown(body.group.group, (it) => it.subject === "Reparto" && it.members.length === 2)
    expect(await account.lastPerformed()).toMatchObject({
      operation: "group.create",
      input: created,
      outcome: { status: "done", result: { group: { group: body.group.group } } }
    })
  })

  it("has from the beginning what it was to have", async () => {
    const settings = { announcement: true, locked: true, joinApproval: true, membersAdd: true }
    const { body } = await account.post("/groups", {
      subject: "Avisos",
      members: [BETO],
      description: "Solo avisos",
      disappearingSeconds: 86_400,
      ...settings
    })
    expect(body.group).toMatchObject({ ...settings, description: "Solo avisos", disappearingSeconds: 86_400 })
    expect(seenBy(BETO, body.group.group)).toMatchObject({
      description: "Solo avisos",
      flags: ["announcement", "locked"],
      ephemeralSeconds: 86_400,
      joinApproval: true,
      memberAddMode: "all_member_add"
    })
  })

  it("is created once, however often the request comes", async () => {
    const create = () => account.post("/groups", { subject: "Una vez", members: [BETO] }, { "idempotency-key": "once" })
    const first = await create()
    expect(await create()).toMatchObject({ status: 200, body: first.body })
    expect(contact(BETO).groups.all.filter(({ subject }) => subject === "Una vez")).toHaveLength(1)
  })

  it("is created once with many members as well; the repeat then leaves them out", async () => {
    const members = Array.from({ length: 200 }, (_, nth) => `5193300${1_000 + nth}`)
    for (const number of members) account.network.addContact(number, { behaviour: "silent" })
    const create = () => account.post("/groups", { subject: "Todos", members }, { "idempotency-key": "all" })
    const first = (await create()).body
    expect(first.group.members).toHaveLength(201)
    expect((await create()).body).toEqual({ group: { ...first.group, members: [] }, results: [] })
    expect(account.network.phone(ME).groups.all.filter(({ subject }) => subject === "Todos")).toHaveLength(1)
  })

  it("names a person who may not be added, and the invitation for them", async () => {
    contact(DORA).profile.setPrivacy("groupadd", "contacts")
    const { body } = await account.post(`/groups/${group}/members`, { members: [DORA] })
    contact(DORA).profile.setPrivacy("groupadd", "all")
    const [result] = body.results
    expect(result).toMatchObject({ person: DORA, code: 403, invitation: { code: expect.any(String) } })
    expect(result.invitation.expiresAt).toBeGreaterThan(Date.now())
  })

  it("sends them the invitation on request, once, and it lets them in", async () => {
    await untilKnown(group, (it) => it?.subject === "Pedidos")
    contact(DORA).profile.setPrivacy("groupadd", "contacts")
    const wanted = { members: [DORA], invite: true }
    const add = () => account.post(`/groups/${group}/members`, wanted, { "idempotency-key": "invite" })
    const { body } = await add()
    const [{ invitation, ...result }] = body.results
    expect(result).toEqual({ person: DORA, code: 403, invited: true })
    expect((await add()).body).toEqual(body)
    const created = await account.post("/groups", { subject: "Nuevo", members: [DORA], invite: true })
    expect(created.body.results).toMatchObject([{ person: DORA, code: 403, invited: true }])
    contact(DORA).profile.setPrivacy("groupadd", "all")
    const received = () => contact(DORA).inbox.flatMap(({ raw }) => proto.Message.decode(raw).groupInviteMessage ?? [])
    await until(() => received().length > 1, "the invitations")
    expect(received()).toMatchObject([
      { groupJid: group, groupName: "Pedidos", inviteCode: invitation.code },
      { groupJid: created.body.group.group, groupName: "Nuevo" }
    ])
    contact(DORA).groups.accept(group, invitation.code)
    expect(seenBy(DORA, group)).toMatchObject({ rank: "" })
  })

  it("is refused with a member or a list that it cannot have, in words", async () => {
    const wrong = await account.post("/groups", { subject: "x", members: ["abc"] })
    expect(wrong).toMatchObject({ status: 400, body: { field: "members.0" } })
    expect(wrong.body.detail).toContain("must be a telephone number with country code")
    const none = await account.post(`/groups/${group}/members`, { members: [] })
    expect(none.body.detail).toContain("must be 1 to 1024 people")
  })

  it("is renamed and described", async () => {
    expect(await account.put(`/groups/${group}/subject`, { subject: "Pedidos 2026" })).toMatchObject({ status: 204 })
    expect(await account.put(`/groups/${group}/description`, { description: "De 9 a 18 h" })).toMatchObject({
      status: 204
    })
    expect(seenBy(BETO, group)).toMatchObject({ subject: "Pedidos 2026", description: "De 9 a 18 h" })
    await untilKnown(group, (it) => it.subject === "Pedidos 2026" && it.description === "De 9 a 18 h")
    await account.put(`/groups/${group}/description`, { description: null })
    expect(seenBy(BETO, group)?.description).toBeUndefined()
    await untilKnown(group, (it) => it.description === null)
  })

  it("has the settings that its administrator gives it", async () => {
    const settings = { announcement: true, locked: true, joinApproval: true, membersAdd: true }
    const on = await account.patch(`/groups/${group}/settings`, { ...settings, disappearingSeconds: 604_800 })
    expect(on.status).toBe(204)
    expect(seenBy(BETO, group)).toMatchObject({ flags: ["announcement", "locked"], ephemeralSeconds: 604_800 })
    await untilKnown(group, (it) => it.announcement && it.locked && it.joinApproval && it.membersAdd)
    await untilKnown(group, (it) => it.disappearingSeconds === 604_800)
    const off = { announcement: false, locked: false, joinApproval: false, membersAdd: false, disappearingSeconds: 0 }
    await account.patch(`/groups/${group}/settings`, off)
    expect(seenBy(BETO, group)).toMatchObject({ flags: [], ephemeralSeconds: 0, memberAddMode: "admin_add" })
    await untilKnown(group, (it) => !it.announcement && it.disappearingSeconds === 0)
  })

  it("is read from WhatsApp, alone or with all others", async () => {
    const { body } = await account.get(`/groups/${group}/current`)
    expect(body).toMatchObject({ group, subject: "Pedidos", size: 3, isCommunity: false, community: null })
    const all = await account.get("/groups/current")
    expect(all.body.groups).toContainEqual(body)
  })

  it("has members who are added, promoted, demoted and removed", async () => {
    const change = async (path: string, members: readonly string[]) =>
      (await account.post(`/groups/${group}/members${path}`, { members })).body.results
    expect(await change("", [DORA, BETO])).toEqual([
      { person: DORA, code: 200 },
      { person: BETO, code: 409 }
    ])
    expect(seenBy(DORA, group)).toBeDefined()
    expect(await change("/promote", [contact(DORA).lid])).toEqual([{ person: contact(DORA).lid, code: 200 }])
    expect(seenBy(DORA, group)?.rank).toBe("admin")
    await untilKnown(group, (it) => ranks(it).includes(`${DORA} admin`))
    await change("/demote", [DORA])
    await untilKnown(group, (it) => ranks(it).includes(`${DORA} member`))
    expect(await change("/remove", [DORA, NOBODY])).toEqual([
      { person: DORA, code: 200 },
      { person: NOBODY, code: 404 }
    ])
    expect(seenBy(DORA, group)).toBeUndefined()
    await untilKnown(group, (it) => it.members.length === 3)
  })

  it("has a picture, of any shape; what is no picture is refused before WhatsApp is asked", async () => {
    const picture = (await widePicture()).toString("base64")
    expect(await account.put(`/groups/${group}/picture`, { picture })).toMatchObject({ status: 204 })
    expect(seenBy(BETO, group)?.pictureId).toBeDefined()
    const { body } = await account.get(`/groups/${group}/picture?size=small`)
    expect(body.url).toMatch(/^https:/)
    expect(await account.call("DELETE", `/groups/${group}/picture`)).toMatchObject({ status: 204 })
    expect(seenBy(BETO, group)?.pictureId).toBeUndefined()
    expect((await account.get(`/groups/${group}/picture`)).body).toEqual({ url: null })
    const before = await account.performed()
    const other = await account.put(`/groups/${group}/picture`, { picture: Buffer.from("hola").toString("base64") })
    expect(other).toMatchObject({ status: 422, body: { code: "operation-unfit", field: "picture" } })
    expect(await account.performed()).toEqual(before)
    expect(await account.put(`/groups/${group}/picture`, {})).toMatchObject({ status: 400 })
    expect(account.mediaFiles()).toEqual([])
  })

  it("has an invitation, which leads others to it until it is revoked", async () => {
    const { code } = (await account.get(`/groups/${group}/invite`)).body
    expect(contact(DORA).groups.join(code)).toBe("joined")
    await untilKnown(group, (it) => it.members.length === 4)
    const next = (await account.post(`/groups/${group}/invite`, {})).body.code
    expect(next).not.toBe(code)
    expect(() => contact(DORA).groups.join(code)).toThrow("gone")
  })

  it("has requests to join, which its administrator decides", async () => {
    await account.patch(`/groups/${group}/settings`, { joinApproval: true })
    const { code } = (await account.get(`/groups/${group}/invite`)).body
    expect(contact(DORA).groups.join(code)).toBe("pending")
    expect((await account.get(`/groups/${group}/requests`)).body.requests).toMatchObject([
      { person: { number: DORA }, method: "InviteLink", addedBy: null, requestedAt: expect.any(Number) }
    ])
    const rejected = await account.post(`/groups/${group}/requests/reject`, { members: [DORA] })
    expect(rejected.body).toEqual({ results: [{ person: DORA, code: 200 }] })
    expect(seenBy(DORA, group)).toBeUndefined()
    expect(contact(DORA).groups.join(code)).toBe("pending")
    await account.post(`/groups/${group}/requests/approve`, { members: [DORA] })
    expect(seenBy(DORA, group)).toBeDefined()
    expect((await account.get(`/groups/${group}/requests`)).body).toEqual({ requests: [] })
  })

  it("is left", async () => {
    expect(await account.call("DELETE", `/groups/${group}`)).toMatchObject({ status: 204 })
    expect(Object.keys(seenBy(BETO, group)?.members ?? {})).not.toContain(ME)
    await untilKnown(group, (it) => it.member === false)
    expect(await account.lastPerformed()).toMatchObject({ operation: "group.leave", outcome: { status: "done" } })
  })
})

describe("a group of others", () => {
  it("is shown to who has its invitation, and joined", async () => {
    const group = contact(BETO).createGroup("Vecinos", [CARLA])
    const code = contact(BETO).groups.inviteCode(group)
    expect((await account.get(`/groups/invites/${code}`)).body).toMatchObject({ group, subject: "Vecinos", size: 2 })
    expect((await account.post("/groups/join", { code })).body).toEqual({ group, isRequested: false })
    expect(Object.keys(seenBy(BETO, group)?.members ?? {})).toContain(ME)
    await untilKnown(group, (it) => it?.member === true && it.members.length === 3)
  })

  it("may want to approve who joins", async () => {
    const group = (await account.post("/groups", { subject: "Club", members: [BETO], joinApproval: true })).body.group
      .group
    await account.post(`/groups/${group}/members/promote`, { members: [BETO] })
    const { code } = (await account.get(`/groups/${group}/invite`)).body
    await account.call("DELETE", `/groups/${group}`)
    expect((await account.post("/groups/join", { code })).body).toEqual({ group, isRequested: true })
    expect(seenBy(BETO, group)?.requests).toEqual([ME])
    contact(BETO).groups.decide(group, ME, true)
    await untilKnown(group, (it) => it.member === true)
  })
})

describe("WhatsApp refuses", () => {
  it("what only an administrator may do; the log has it", async () => {
    const group = contact(BETO).createGroup("De Beto", [ME, CARLA])
    const refused = await account.post(`/groups/${group}/members`, { members: [DORA] })
    expect(refused).toMatchObject({ status: 422, body: { code: "operation-refused", whatsappCode: 403 } })
    expect(await account.lastPerformed()).toMatchObject({
      operation: "group.add",
      input: { group, members: [DORA] },
      outcome: { status: "refused", code: 403 }
    })
    expect(await account.get(`/groups/${group}/invite`)).toMatchObject({ status: 422, body: { whatsappCode: 401 } })
    expect(seenBy(BETO, group)?.members).toEqual({ [BETO]: "superadmin", [ME]: "", [CARLA]: "" })
  })

  it("what is about a group that does not exist", async () => {
    const renamed = await account.put(`/groups/${NO_GROUP}/subject`, { subject: "Nada" })
    expect(renamed).toMatchObject({ status: 404, body: { code: "operation-refused", whatsappCode: 404 } })
    expect((await account.get(`/groups/${NO_GROUP}/current`)).status).toBe(404)
  })

  it("an invitation that was never one", async () => {
    const joined = await account.post("/groups/join", { code: "AAAAAAAAAAAAAAAAAAAAAA" })
    expect(joined).toMatchObject({ status: 422, body: { whatsappCode: 406 } })
  })
})

describe("WhatsApp does not answer", () => {
  it("so that the client does not learn that it is done, and the log says that it is not known", async () => {
    const group = contact(BETO).createGroup("En silencio", [ME])
    await untilKnown(group, (it) => it?.member === true)
    account.network.fault({ kind: "iq_error", xmlns: "w:g2", number: ME })
    const renamed = await account.put(`/groups/${group}/subject`, { subject: "Otro" })
    expect(renamed).toMatchObject({ status: 503, body: { code: "no-answer" } })
    expect(await account.lastPerformed()).toMatchObject({
      operation: "group.rename",
      input: { group, subject: "Otro" },
      outcome: { status: "unanswered" }
    })
    expect(seenBy(BETO, group)?.subject).toBe("En silencio")
  }, 30_000)
})

describe("a community", () => {
  it("has its group for announcements, and the groups that are linked to it", async () => {
    const created = await account.post("/communities", { subject: "Distribuidores", description: "Todos" })
    expect(created.body).toMatchObject({ subject: "Distribuidores", description: "Todos", isCommunity: true })
    const community: string = created.body.group
    const group = (await account.post("/groups", { subject: "Norte", members: [BETO] })).body.group.group
    const path = `/communities/${community}/groups/${group}`
    expect(await account.put(path, undefined)).toMatchObject({ status: 204 })
    expect(seenBy(BETO, group)?.community).toBe(community)
    expect(seenBy(BETO, community)).toMatchObject({ isCommunity: true })
    await untilKnown(group, (it) => it.community === community)
    const { groups } = (await account.get(`/communities/${community}/groups`)).body
    expect(groups).toMatchObject([
      { isAnnouncements: true },
      { group, subject: "Norte", size: 2, isAnnouncements: false }
    ])
    expect(await account.put(path, undefined)).toMatchObject({ status: 409, body: { whatsappCode: 409 } })
    expect(await account.call("DELETE", path)).toMatchObject({ status: 204 })
    await untilKnown(group, (it) => it.community === null)
    expect(await account.call("DELETE", path)).toMatchObject({ status: 404 })
  })

  it("has groups that are created in it", async () => {
    const community: string = (await account.post("/communities", { subject: "Sur" })).body.group
    const { body } = await account.post("/groups", { subject: "Tacna", members: [BETO], community })
    expect(body.group).toMatchObject({ subject: "Tacna", community })
    await untilKnown(body.group.group, (it) => it.community === community)
  })

  it("is left with all its groups", async () => {
    const community: string = (await account.post("/communities", { subject: "Centro" })).body.group
    await account.call("DELETE", `/groups/${community}`)
    await untilKnown(community, (it) => it.member === false)
    expect(account.network.phone(ME).groups.all.filter((group) => group.community === community)).toEqual([])
  })
})
