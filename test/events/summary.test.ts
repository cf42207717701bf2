/** One line for each kind of content, as a person would read it in a list of chats. */
import { describe, expect, it } from "vitest"
import type { IncomingContent, OutgoingContent } from "../../src/events/content.ts"
import { summaryOf } from "../../src/events/summary.ts"

const remote = { directPath: null, url: null, mediaKey: null, fileSha256: null, fileEncSha256: null }
const file = { mimetype: null, bytes: null, remote }

const lines: readonly (readonly [string, IncomingContent | OutgoingContent])[] = [
  ["hola", { kind: "text", text: "hola" }],
  ["dos líneas", { kind: "text", text: "  dos\n\tlíneas " }],
  ["[empty text]", { kind: "text", text: "" }],
  ["[image] mira", { kind: "image", ...file, caption: "mira" }],
  ["[document] F001.pdf Su factura", { kind: "document", ...file, filename: "F001.pdf", caption: "Su factura" }],
  ["[voice note]", { kind: "audio", ...file, voiceNote: true }],
  ["[video note]", { kind: "video", ...file, videoNote: true }],
  ["[document] a.txt", { kind: "document", media: { sha256: "", bytes: 1, mimetype: "" }, filename: "a.txt" }],
  [
    "[location] Plaza (-12.0464, -77.0428)",
    { kind: "location", latitude: -12.0464, longitude: -77.0428, name: "Plaza" }
  ],
  ["[live location] voy", { kind: "location", latitude: null, longitude: null, text: "voy", live: true }],
  ["[contact] Carla", { kind: "contacts", contacts: [{ name: "Carla", vcard: "", numbers: [] }] }],
  ["[poll] ¿Qué? Pollo / Pasta", { kind: "poll", name: "¿Qué?", options: ["Pollo", "Pasta"], selectableMax: 1 }],
  ["[poll result] ¿Qué? Pollo: 2", { kind: "pollResult", name: "¿Qué?", results: [{ option: "Pollo", votes: 2 }] }],
  [
    "[event] Reunión 2030-03-17T17:46:40.000Z",
    { kind: "event", name: "Reunión", startsAt: 1_900_000_000_000, endsAt: null, canceled: false }
  ],
  ["[event] Lejos", { kind: "event", name: "Lejos", startsAt: Number.MAX_SAFE_INTEGER, endsAt: null, canceled: false }],
  [
    "Menú Elija [Sí / no]",
    {
      kind: "interactive",
      form: "buttons",
      title: "Menú",
      text: "Elija",
      choices: [{ text: "Sí" }, { text: "", id: "no" }]
    }
  ],
  ["[template]", { kind: "interactive", form: "template", choices: [] }],
  ["Sí, confirmo", { kind: "choice", form: "buttons", id: "si", text: "Sí, confirmo" }],
  ["op2", { kind: "choice", form: "list", id: "op2", text: null }],
  ["[product] Silla 10 PEN", { kind: "product", title: "Silla", salePrice: { currency: "PEN", amount: 10 } }],
  [
    "[order] 7 25 PEN Quiero esto",
    { kind: "order", orderId: "7", total: { currency: "PEN", amount: 25 }, text: "Quiero esto" }
  ],
  ["[payment requested] 25", { kind: "payment", action: "requested", total: { currency: null, amount: 25 } }],
  [
    "[invitation to a group] Ventas entra",
    { kind: "groupInvite", group: "1@g.us", name: "Ventas", text: "entra", expiresAt: null }
  ],
  [
    "[invitation to a channel] 1@newsletter",
    { kind: "channelInvite", channel: "1@newsletter", asAdmin: false, expiresAt: null }
  ],
  ["[album] 2 pictures, 1 videos", { kind: "album", images: 2, videos: 1 }],
  ["[sticker pack] Gatos", { kind: "stickerPack", name: "Gatos", stickers: 12 }],
  ["[video call] missed", { kind: "call", video: true, outcome: "missed" }],
  ["[disappearing messages changed] 604800 s", { kind: "notice", notice: "expirationChanged", seconds: 604_800 }],
  ["[encrypted] Enc Comment", { kind: "sealed", sealed: { type: "Enc Comment", payload: "", iv: "" } }],
  ["[view once: only the phone shows it]", { kind: "unavailable", reason: "viewOnce" }],
  ["[not understood] bcallMessage", { kind: "unknown", name: "bcallMessage", bytes: null, size: 3 }],
  ["[not understood]", { kind: "unknown", name: null, bytes: null, size: null }]
]

describe("the summary of a content", () => {
  it.each(lines)("is %s", (line, content) => {
    expect(summaryOf(content)).toBe(line)
  })

  it("has at most 1,024 characters, whole ones", () => {
    const line = summaryOf({ kind: "text", text: "😀".repeat(2_000) })
    expect(line).toHaveLength(1_024)
    expect(line.isWellFormed()).toBe(true)
    expect(line.endsWith("…")).toBe(true)
  })
})
