/** Channels (newsletters): what a client does with its own and with those of contacts, and what followers get. */
import { type BinaryNode, proto, QueryIds, S_WHATSAPP_NET } from "@whiskeysockets/baileys"
import { beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { child, children, element } from "../../src/sandbox/wire/stanza.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { call } from "./support/control.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64"
)

/** What Baileys fails with when the server answers with a GraphQL error. */
const refusal = (code: number) => ({ output: { statusCode: code } })
const metadata = (client: BareClient, id: string) =>
  client.sock.newsletterMetadata("jid", id) as Promise<unknown> as Promise<Record<string, unknown>>
const mexUpdates = ({ notifications }: BareClient): string[] =>
  notifications.flatMap((node) => child(node, "update")?.attrs["op_name"] ?? [])

describe("a channel of a client", () => {
  let client: BareClient
  let number: string
  let follower: Contact
  let id: string

  beforeAll(async () => {
    ;({ client, number } = await sandbox.loggedIn())
    follower = sandbox.network.addContact(sandbox.newNumber())
    const created = await client.sock.newsletterCreate("News", "what happens")
    id = created.id
    follower.channels.follow(id)
  })

  it("is found by jid and by invite code, with what the client is in it", async () => {
    const found = await metadata(client, id)
    expect(found).toMatchObject({
      id,
      state: { type: "ACTIVE" },
      thread_metadata: {
        name: { text: "News" },
        description: { text: "what happens" },
        settings: { reaction_codes: { value: "ALL" } },
        subscribers_count: "1"
      },
      viewer_metadata: { role: "OWNER", mute: "OFF" }
    })
    const { invite } = found["thread_metadata"] as { readonly invite: string }
    expect(await client.sock.newsletterMetadata("invite", invite)).toMatchObject({ id })
  })

  it("gets another name, description and picture, and its followers are told", async () => {
    const { client: other } = await sandbox.loggedIn()
    const told: unknown[] = []
    other.sock.ev.on("newsletter-settings.update", (update) => told.push(update))
    await other.sock.newsletterFollow(id)
    await client.sock.newsletterUpdateName(id, "Newer news")
    await client.sock.newsletterUpdateDescription(id, "what will happen")
    await client.sock.newsletterUpdatePicture(id, picture)
    expect(sandbox.network.channel(id)).toMatchObject({
      name: "Newer news",
      description: "what will happen",
      hasPicture: true
    })
    await client.sock.newsletterRemovePicture(id)
    expect(sandbox.network.channel(id).hasPicture).toBe(false)
    // Of the picture Baileys raises nothing, because the notice does not name it.
    const notices = () => mexUpdates(other).filter((operation) => operation === "NotificationNewsletterUpdate")
    await until(() => notices().length === 4, "every notice")
    expect(told).toEqual([
      { id, update: { name: "Newer news" } },
      { id, update: { description: "what will happen" } }
    ])
  })

  it("counts its subscribers and administrators", async () => {
    follower.channels.follow(id)
    const { subscribers } = await client.sock.newsletterSubscribers(id)
    const followers = Object.values(sandbox.network.channel(id).followers)
    expect(subscribers).toBe(followers.filter(({ role }) => role !== "owner").length)
    expect(await client.sock.newsletterAdminCount(id)).toBe(1)
  })

  it("takes a post, numbers it in the ack, and gives it to followers, who see and react to it", async () => {
    const acks: BinaryNode[] = []
    client.sock.ws.on("CB:ack,class:message", (ack: BinaryNode) => acks.push(ack))
    const sent = await client.sock.sendMessage(id, { text: "first" })
    await until(() => follower.inbox.some(({ text }) => text === "first"), "the post")
    const ackOf = () => acks.find(({ attrs }) => attrs["id"] === sent?.key.id)
    await until(() => ackOf(), "the ack")
    const serverId = ackOf()?.attrs["server_id"]
    const post = follower.inbox.find(({ text }) => text === "first")
    expect(post).toMatchObject({ id: sent?.key.id, type: "text", channel: id, from: id, chat: id, serverId })

    follower.read(sent?.key.id ?? "")
    await follower.send(id, { react: "👍", target: sent?.key.id ?? "" })
    const [shown] = sandbox.network.channel(id).posts.slice(-1)
    expect(shown).toMatchObject({
      serverId,
      text: "first",
      author: number,
      reactions: { [follower.number]: "👍" },
      viewers: [follower.number]
    })
    await follower.send(id, { react: "", target: sent?.key.id ?? "" })
    expect(sandbox.network.channel(id).posts.at(-1)?.reactions).toEqual({})
  })

  it("takes files, which are not encrypted", async () => {
    const sent = await client.sock.sendMessage(id, {
      document: Buffer.from("the whole story"),
      mimetype: "text/plain",
      fileName: "story.txt"
    })
    await until(() => follower.inbox.some((message) => message.id === sent?.key.id), "the file")
    expect(follower.inbox.find((message) => message.id === sent?.key.id)).toMatchObject({
      type: "document",
      mimetype: "text/plain",
      bytes: 15
    })
  })

  it("takes edits and deletions of its posts", async () => {
    const sent = await client.sock.sendMessage(id, { text: "a mistake" })
    const key = { ...sent?.key }
    await client.sock.sendMessage(id, { text: "corrected", edit: key })
    await until(() => follower.inbox.some(({ type, target }) => type === "edit" && target === key.id), "the edit")
    expect(sandbox.network.channel(id).posts.at(-1)).toMatchObject({ id: key.id, text: "corrected" })
    await client.sock.sendMessage(id, { delete: key })
    await until(() => follower.inbox.some(({ type, target }) => type === "revoke" && target === key.id), "the deletion")
    expect(sandbox.network.channel(id).posts.at(-1)).not.toHaveProperty("text")
  })

  it("takes edits and deletions under the id of the post, as other clients send them", async () => {
    const sent = await client.sock.sendMessage(id, { text: "another mistake" })
    await until(() => follower.inbox.some((message) => message.id === sent?.key.id), "the post")
    const change = (edit: string, content: proto.IMessage | undefined) => {
      const plaintext = content === undefined ? [] : [element("plaintext", {}, proto.Message.encode(content).finish())]
      const attrs = { to: id, id: sent?.key.id ?? "", type: "text", edit }
      return client.sock.sendNode({ tag: "message", attrs, content: plaintext })
    }
    const last = () => sandbox.network.channel(id).posts.at(-1)
    await change("3", { conversation: "corrected again" })
    await until(() => last()?.text === "corrected again", "the edit")
    await change("8", undefined)
    await until(() => last()?.text === undefined, "the deletion")
    expect(last()?.id).toBe(sent?.key.id)
  })

  it("tells a client of reactions and views once it has subscribed to live updates", async () => {
    const reactions: unknown[] = []
    const views: unknown[] = []
    client.sock.ev.on("newsletter.reaction", (reaction) => reactions.push(reaction))
    client.sock.ev.on("newsletter.view", (view) => views.push(view))
    const sent = await client.sock.sendMessage(id, { text: "live" })
    await until(() => follower.inbox.some(({ text }) => text === "live"), "the post")
    expect(await client.sock.subscribeNewsletterUpdates(id)).toEqual({ duration: "300" })
    follower.read(sent?.key.id ?? "")
    await follower.send(id, { react: "🎉", target: sent?.key.id ?? "" })
    const server_id = follower.inbox.find(({ text }) => text === "live")?.serverId
    await until(() => reactions.length === 1 && views.length === 1, "both")
    expect(reactions).toEqual([{ id, server_id, reaction: { code: "🎉", count: 1 } }])
    expect(views).toEqual([{ id, server_id, count: 1 }])
    const live = client.notifications.findLast(({ attrs }) => attrs["type"] === "newsletter")
    const [counted] = children(child(child(live, "live_updates"), "messages"), "message")
    expect(counted).toMatchObject({ attrs: { server_id } })
    expect(children(child(counted, "reactions"), "reaction")).toMatchObject([{ attrs: { code: "🎉", count: "1" } }])
  })

  it("allows the reactions that its owner has set", async () => {
    const variables = { newsletter_id: id, updates: { settings: { reaction_codes: { value: "BASIC" } } } }
    const query = { tag: "query", attrs: { query_id: QueryIds.UPDATE_METADATA } }
    const content = [{ ...query, content: Buffer.from(JSON.stringify({ variables })) }]
    const attrs = { type: "get", to: S_WHATSAPP_NET, xmlns: "w:mex" }
    await client.sock.query({ tag: "iq", attrs, content })
    expect(await metadata(client, id)).toMatchObject({
      thread_metadata: { settings: { reaction_codes: { value: "BASIC" } } }
    })
    const target = follower.inbox.find(({ text }) => text === "live")?.id ?? ""
    await follower.send(id, { react: "🙏", target })
    await expect(follower.send(id, { react: "🦆", target })).rejects.toThrow("403")
  })

  it("gets an administrator, who may post and loses the right again", async () => {
    const told: unknown[] = []
    const { client: admin, number: adminNumber } = await sandbox.loggedIn()
    admin.sock.ev.on("newsletter-participants.update", (update) => told.push(update))
    await admin.sock.newsletterFollow(id)
    await expect(admin.sock.newsletterUpdateName(id, "mine")).rejects.toMatchObject(refusal(403))
    const refused = await admin.sock.sendMessage(id, { text: "let me" })
    await until(() => admin.acks.get(refused?.key.id ?? "") === "403", "the refusal")

    sandbox.network.phone(number).channels.promote(id, adminNumber)
    const { lid } = sandbox.network.phone(adminNumber)
    await until(() => told.length === 1, "the promotion")
    expect(told).toMatchObject([{ id, user: lid, action: "promote", new_role: "ADMIN" }])
    expect(await metadata(admin, id)).toMatchObject({ viewer_metadata: { role: "ADMIN" } })
    const allowed = await admin.sock.sendMessage(id, { text: "thank you" })
    await until(() => follower.inbox.some((message) => message.id === allowed?.key.id), "the post")

    await client.sock.newsletterDemote(id, lid)
    expect(await metadata(admin, id)).toMatchObject({ viewer_metadata: { role: "SUBSCRIBER" } })
    await expect(client.sock.newsletterDemote(id, lid)).rejects.toMatchObject(refusal(404))
  })

  it("gets another owner, who alone may delete it", async () => {
    const phone = sandbox.network.phone(number)
    await expect(client.sock.newsletterChangeOwner(id, follower.lid)).rejects.toMatchObject(refusal(404))
    phone.channels.promote(id, follower.number)
    await client.sock.newsletterChangeOwner(id, follower.lid)
    expect(sandbox.network.channel(id).followers).toMatchObject({
      [number]: { role: "admin" },
      [follower.number]: { role: "owner" }
    })
    await expect(client.sock.newsletterDelete(id)).rejects.toMatchObject(refusal(403))
    follower.channels.delete(id)
    await until(() => mexUpdates(client).includes("NotificationNewsletterStateChange"), "the notice")
    await expect(metadata(client, id)).rejects.toMatchObject(refusal(404))
    const late = await client.sock.sendMessage(id, { text: "too late" })
    await until(() => client.acks.get(late?.key.id ?? "") === "404", "the refusal")
  })

  it("is deleted by the client that owns it", async () => {
    const { id: other } = await client.sock.newsletterCreate("Short")
    await client.sock.newsletterDelete(other)
    expect(sandbox.network.channels().map((channel) => channel.id)).not.toContain(other)
  })
})

describe("a channel of a contact", () => {
  let client: BareClient
  let number: string
  let author: Contact
  let id: string

  beforeAll(async () => {
    ;({ client, number } = await sandbox.loggedIn())
    author = sandbox.network.addContact(sandbox.newNumber())
    id = author.channels.create("The author's", "daily").id
  })

  it("is not that of the client, who is a guest", async () => {
    expect(await metadata(client, id)).toMatchObject({ viewer_metadata: { role: "GUEST" } })
    await expect(client.sock.newsletterMute(id)).rejects.toMatchObject(refusal(403))
    await expect(client.sock.newsletterSubscribers(id)).rejects.toMatchObject(refusal(403))
    await expect(client.sock.newsletterMetadata("jid", "1@newsletter")).rejects.toMatchObject(refusal(404))
    await expect(client.sock.newsletterFollow("1@newsletter")).rejects.toMatchObject(refusal(404))
  })

  it("is followed, muted, unmuted and no longer followed by the client", async () => {
    await client.sock.newsletterFollow(id)
    expect(sandbox.network.channel(id).followers[number]).toEqual({ role: "subscriber", muted: false })
    await client.sock.newsletterMute(id)
    expect(await metadata(client, id)).toMatchObject({ viewer_metadata: { role: "SUBSCRIBER", mute: "ON" } })
    await client.sock.newsletterUnmute(id)
    expect(sandbox.network.channel(id).followers[number]?.muted).toBe(false)
    await client.sock.newsletterUnfollow(id)
    expect(sandbox.network.channel(id).followers[number]).toBeUndefined()
  })

  it("can be followed on the phone, and the client is told", async () => {
    sandbox.network.phone(number).channels.follow(id)
    await until(() => mexUpdates(client).includes("NotificationNewsletterJoin"), "the notice")
  })

  it("gives its posts to the client, which sees them and reacts", async () => {
    await client.sock.newsletterFollow(id)
    const post = await author.send(id, { text: "good morning" })
    await until(() => client.received("good morning"), "the post")
    const { key } = client.received("good morning") ?? {}
    expect(key).toMatchObject({ id: post, remoteJid: id, fromMe: false, server_id: "100" })
    await client.sock.newsletterReactMessage(id, "100", "👍")
    await client.sock.readMessages([key ?? {}])
    await until(() => sandbox.network.channel(id).posts[0]?.viewers.length === 1, "the view")
    expect(sandbox.network.channel(id).posts[0]?.reactions).toEqual({ [number]: "👍" })
    await client.sock.newsletterReactMessage(id, "100")
    expect(sandbox.network.channel(id).posts[0]?.reactions).toEqual({})
  })

  it("gives its posts to the client's phone too, and files of the author", async () => {
    const phone = sandbox.network.phone(number)
    await author.send(id, { media: Buffer.from("pixels"), mimetype: "image/png", caption: "a view" })
    await until(() => phone.inbox.some(({ text }) => text === "a view"), "the picture")
    expect(phone.inbox.find(({ text }) => text === "a view")).toMatchObject({ type: "image", channel: id, bytes: 6 })
  })

  it("answers for its posts, newest last: the last ones, or those after a number", async () => {
    for (const text of ["one", "two", "three"]) await author.send(id, { text })
    const fetched = async (...page: [count: number, since: number, after: number]) => {
      const answer: BinaryNode = await client.sock.newsletterFetchMessages(id, ...page)
      const messages = child(child(answer, "message_updates"), "messages")
      return children(messages, "message").map(({ attrs }) => attrs["server_id"])
    }
    expect(await fetched(2, 0, 0)).toEqual(["103", "104"])
    expect(await fetched(2, 0, 100)).toEqual(["101", "102"])
    expect(await fetched(50, Math.floor(Date.now() / 1000) + 60, 0)).toEqual([])
  })

  it("shows its posts to a guest who has its invite code, and takes no reaction of a guest", async () => {
    const { client: guest } = await sandbox.loggedIn()
    const { invite } = sandbox.network.channel(id)
    const content = [{ tag: "messages", attrs: { type: "invite", key: invite, count: "2", before: "104" } }]
    const attrs = { type: "get", xmlns: "newsletter", to: S_WHATSAPP_NET }
    const answer = await guest.sock.query({ tag: "iq", attrs, content })
    const posts = children(child(answer, "messages"), "message")
    expect(posts.map((post) => post.attrs["server_id"])).toEqual(["102", "103"])
    await guest.sock.newsletterReactMessage(id, "102", "👍")
    expect(sandbox.network.channel(id).posts.find(({ serverId }) => serverId === "102")?.reactions).toEqual({})
    await expect(guest.sock.newsletterFetchMessages("1@newsletter", 1, 0, 0)).rejects.toMatchObject({ data: 404 })
  })

  it("gives nothing to the client after it has left", async () => {
    await client.sock.newsletterUnfollow(id)
    await author.send(id, { text: "for the others" })
    await author.send(number, { text: "for you" })
    await until(() => client.received("for you"), "the message")
    expect(client.received("for the others")).toBeUndefined()
  })
})

describe("the control API", () => {
  it("creates a channel, posts in it and shows it", async () => {
    const { controlUrl } = sandbox.network
    const contact = sandbox.network.addContact(sandbox.newNumber())
    const { client, number } = await sandbox.loggedIn()
    const at = `/contacts/${contact.number}`
    const created = await call<{ id: string }>(controlUrl, "POST", `${at}/channels`, { name: "By script" })
    const { id } = created.body
    await client.sock.newsletterFollow(id)
    const act = (body: object) => call(controlUrl, "POST", `${at}/channels/${id}`, body)
    expect(await act({ action: "promote", number })).toMatchObject({ status: 200 })
    expect(await act({ action: "update", description: "all of it", reactions: "NONE" })).toMatchObject({ status: 200 })
    await call(controlUrl, "POST", `${at}/messages`, { to: id, text: "posted by script" })
    await until(() => client.received("posted by script"), "the post")
    expect((await call(controlUrl, "GET", `/channels/${id}`)).body).toMatchObject({
      name: "By script",
      description: "all of it",
      reactions: "NONE",
      followers: { [number]: { role: "admin" } },
      posts: [{ text: "posted by script" }]
    })
    expect(await act({ action: "unfollow" })).toEqual({ status: 400, body: { error: "Forbidden" } })
    expect(await call(controlUrl, "GET", "/channels/1@newsletter")).toMatchObject({ status: 404 })
    expect((await call<{ id: string }[]>(controlUrl, "GET", "/channels")).body.map((each) => each.id)).toContain(id)
  })
})
