/** What stands beside the content of a message: quotes, albums, mentions, forwarding, links, advertisements. And in which chat it stands. */
import { createHash, randomBytes } from "node:crypto"
import { proto } from "@whiskeysockets/baileys"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { mp4, pdf } from "../support/sample-files.ts"

const ME = "51911000051"
const BETO = "51922000051"
const CARLA = "51922000052"
const { AssociationType } = proto.MessageAssociation
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  gateway.network.addContact(CARLA, { behaviour: "silent", name: "Carla" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const carla = () => gateway.network.contact(CARLA)
const phone = () => gateway.network.phone(ME)
const eventOf = (messageId: string): Promise<RecordedJson> =>
  until(
    async () =>
      (await gateway.events(token, ME)).find(
        ({ data, type }) => data.messageId === messageId && type === "message.received"
      ),
    `the event of ${messageId}`
  )
const contextOf = async (messageId: string) => (await eventOf(messageId)).data.context
const send = async (to: string, text: string): Promise<string> =>
  (await gateway.post(`/v1/devices/${ME}/messages`, { to, text }, { token, headers: { prefer: "wait=10" } })).body.id

describe("a message that answers another", () => {
  it("[IN-1] says which, who wrote that, and how it begins", async () => {
    const question = await send(BETO, "¿Confirma su cita del martes?")
    await until(() => beto().inbox.some(({ id }) => id === question), "the question")
    expect(await contextOf(await beto().send(ME, { text: "sí", quote: question }))).toEqual({
      quoted: {
        messageId: question,
        sender: { jid: jid(ME), alt: phone().lid },
        kind: "text",
        excerpt: "¿Confirma su cita del martes?"
      }
    })
  })

  it("[IN-1] in a group names the member by number and LID", async () => {
    const group = beto().createGroup("Citas", [ME, CARLA])
    const question = await beto().send(group, { text: "¿quién viene?" })
    await eventOf(question)
    await until(() => carla().inbox.some(({ id }) => id === question), "the question")
    const { quoted } = await contextOf(await carla().send(group, { text: "yo", quote: question }))
    expect(quoted.sender).toEqual({ jid: jid(BETO), alt: beto().lid })
  })

  it("[IN-1] says what was quoted that is no text", async () => {
    const contextInfo = {
      stanzaId: "3AABC",
      participant: jid(ME),
      quotedMessage: { imageMessage: { caption: "la factura" } }
    }
    const { quoted } = await contextOf(
      await beto().sendProto(ME, { extendedTextMessage: { text: "gracias", contextInfo } })
    )
    expect(quoted).toMatchObject({ messageId: "3AABC", kind: "image", excerpt: "[image] la factura" })
  })
})

const picture = () => ({
  directPath: "/v/f.enc",
  mediaKey: randomBytes(32),
  fileSha256: randomBytes(32),
  fileLength: 9,
  mimetype: "image/jpeg"
})

describe("pictures that belong together", () => {
  it("[IN-1] name their album", async () => {
    const album = await beto().sendProto(ME, { albumMessage: { expectedImageCount: 1, expectedVideoCount: 1 } })
    expect((await eventOf(album)).data.content).toEqual({ kind: "album", images: 1, videos: 1 })
    const child = await beto().send(ME, {
      message: {
        imageMessage: picture(),
        messageContextInfo: {
          messageAssociation: { associationType: AssociationType.MEDIA_ALBUM, parentMessageKey: { id: album } }
        }
      }
    })
    expect(await contextOf(child)).toEqual({ parent: { messageId: album, relation: "mediaAlbum" } })
  })

  it("[IN-1] name the picture whose better copy they are", async () => {
    const small = await beto().send(ME, { message: { imageMessage: picture() } })
    const large = await beto().send(ME, {
      message: {
        associatedChildMessage: { message: { imageMessage: picture() } },
        messageContextInfo: {
          messageAssociation: { associationType: AssociationType.HD_IMAGE_DUAL_UPLOAD, parentMessageKey: { id: small } }
        }
      }
    })
    expect(await contextOf(large)).toEqual({ parent: { messageId: small, relation: "hdImageDualUpload" } })
  })
})

describe("a text", () => {
  it("[IN-1] says whom it mentions, how often it was forwarded, what it links to, and when it disappears", async () => {
    const id = await beto().sendProto(ME, {
      ephemeralMessage: {
        message: {
          extendedTextMessage: {
            text: "@51922000052 mira https://ejemplo.pe",
            matchedText: "https://ejemplo.pe",
            title: "Ejemplo",
            description: "Una página",
            contextInfo: {
              mentionedJid: [carla().lid, "120363000000000001@lid"],
              nonJidMentions: 1,
              groupMentions: [{ groupJid: "120363000000000002@g.us", groupSubject: "Ventas" }],
              isForwarded: true,
              forwardingScore: 5,
              forwardedNewsletterMessageInfo: {
                newsletterJid: "120363000000000003@newsletter",
                newsletterName: "Noticias"
              },
              expiration: 604_800
            }
          }
        }
      }
    })
    expect(await contextOf(id)).toEqual({
      mentions: [
        { jid: jid(CARLA), alt: carla().lid },
        { jid: "120363000000000001@lid", alt: null }
      ],
      mentionsAll: true,
      groupMentions: [{ group: "120363000000000002@g.us", name: "Ventas" }],
      forwarded: 5,
      channel: { jid: "120363000000000003@newsletter", name: "Noticias" },
      links: [{ url: "https://ejemplo.pe", title: "Ejemplo", description: "Una página" }],
      expiresInSeconds: 604_800
    })
  })

  it("[IN-1] from an advertisement says from which", async () => {
    const externalAdReply = {
      title: "Oferta",
      body: "Escríbanos",
      sourceType: "ad",
      sourceId: "120210000000000000",
      sourceUrl: "https://fb.me/x",
      ctwaClid: "ARA",
      sourceApp: "facebook"
    }
    const contextInfo = { externalAdReply, entryPointConversionSource: "ctwa_ad" }
    const id = await beto().sendProto(ME, { extendedTextMessage: { text: "Hola, quiero información", contextInfo } })
    expect((await contextOf(id)).ad).toEqual({
      title: "Oferta",
      text: "Escríbanos",
      sourceType: "ad",
      sourceId: "120210000000000000",
      sourceUrl: "https://fb.me/x",
      clickId: "ARA",
      source: "ctwa_ad",
      app: "facebook"
    })
  })
})

describe("a file inside another kind of message", () => {
  const uploaded = async (file: Buffer, mimetype: string) => {
    const id = await beto().send(CARLA, { media: file, mimetype, as: "document", filename: "x" })
    const found = await until(() => carla().inbox.find((each) => each.id === id), "the upload")
    return proto.Message.decode(found.raw).documentMessage ?? {}
  }
  const download = async (id: string) => {
    await eventOf(id)
    const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
      headers: { authorization: `Bearer ${token}` }
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, sha256: createHash("sha256").update(bytes).digest("hex") }
  }
  const sha256 = (file: Buffer) => createHash("sha256").update(file).digest("hex")

  it("[IN-1] can be fetched: the document of a template", async () => {
    const documentMessage = { ...(await uploaded(pdf, "application/pdf")), fileName: "F001.pdf" }
    const hydratedTemplate = { documentMessage, hydratedContentText: "Su factura" }
    const id = await beto().send(ME, { message: { templateMessage: { hydratedTemplate } } })
    expect((await eventOf(id)).data.content).toMatchObject({
      kind: "interactive",
      form: "template",
      text: "Su factura",
      media: { kind: "document", filename: "F001.pdf" }
    })
    expect(await download(id)).toEqual({ status: 200, sha256: sha256(pdf) })
    expect((await gateway.get(`/v1/messages/${id}`, { token })).body.content.media).not.toHaveProperty("remote")
  })

  it("[IN-1] can be fetched: a video note", async () => {
    const sent = await beto().send(CARLA, { media: mp4, mimetype: "video/mp4" })
    const found = await until(() => carla().inbox.find((each) => each.id === sent), "the upload")
    const { videoMessage } = proto.Message.decode(found.raw)
    const id = await beto().send(ME, { message: { ptvMessage: videoMessage ?? {} } })
    expect((await eventOf(id)).data.content).toMatchObject({ kind: "video", videoNote: true })
    expect(await download(id)).toEqual({ status: 200, sha256: sha256(mp4) })
  })
})

describe("the chat of a message", () => {
  it("that the account sent with its phone has the contact's other name, and a later message of the contact is not the account's", async () => {
    const own = await eventOf(await phone().send(BETO, { text: "desde el teléfono" }))
    expect(own.data).toMatchObject({ chat: jid(BETO), chatAlt: beto().lid, sender: jid(ME), fromMe: true })
    const byLid = await eventOf(await phone().send(carla().lid, { text: "por LID" }))
    expect(byLid.data).toMatchObject({ chat: jid(CARLA), chatAlt: carla().lid, fromMe: true })
    carla().setAddressing("lid")
    const later = await eventOf(await carla().send(ME, { text: "hola" }))
    carla().setAddressing("pn")
    expect(later.data).toMatchObject({ chat: jid(CARLA), chatAlt: carla().lid, sender: jid(CARLA), fromMe: false })
  })

  it("of a status has no other name; its sender has both", async () => {
    const { data } = await eventOf(await beto().send("status@broadcast", { text: "estado" }))
    expect(data).toMatchObject({ chat: "status@broadcast", chatAlt: null, sender: jid(BETO), senderAlt: beto().lid })
  })
})
