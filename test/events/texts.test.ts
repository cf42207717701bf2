import { expect, it } from "vitest"
import type { IncomingContent, OutgoingContent } from "../../src/events/content.ts"
import { textsOf } from "../../src/events/texts.ts"

const remote = { directPath: null, url: null, mediaKey: null, fileSha256: null, fileEncSha256: null }
const file = { kind: "document", mimetype: null, bytes: null, remote } as const
const point = { latitude: 1, longitude: 2 }

it.each<[string, OutgoingContent | IncomingContent, readonly string[]]>([
  ["a text", { kind: "text", text: "hola" }, ["hola"]],
  ["a file's name and caption", { ...file, filename: "a.pdf", caption: "aquí" }, ["a.pdf", "aquí"]],
  [
    "a sent file's",
    { kind: "image", media: { sha256: "a", bytes: 1, mimetype: "image/png" }, caption: "foto" },
    ["foto"]
  ],
  ["a place", { kind: "location", ...point, name: "Puerto", address: "Calle 1" }, ["Puerto", "Calle 1"]],
  ["contacts' names", { kind: "contacts", contacts: [{ name: "Ana", vcard: "BEGIN", numbers: ["1"] }] }, ["Ana"]],
  [
    "a poll and its options",
    { kind: "poll", name: "¿Cuándo?", options: ["hoy", "mañana"], selectableMax: 1 },
    ["¿Cuándo?", "hoy", "mañana"]
  ],
  [
    "an event",
    { kind: "event", name: "Cena", location: { ...point, name: "Casa" }, startsAt: 1, endsAt: null, canceled: false },
    ["Cena", "Casa"]
  ],
  [
    "what buttons and cards say",
    {
      kind: "interactive",
      form: "buttons",
      title: "Pedido",
      choices: [{ text: "Sí", id: "1" }],
      cards: [{ text: "Pizza", media: { ...file, caption: "grande" }, choices: [] }]
    },
    ["Pedido", "Sí", "Pizza", "grande"]
  ],
  ["nothing that the gateway says of it", { kind: "album", images: 2, videos: 0 }, []],
  ["nothing of a text without characters", { kind: "text", text: "" }, []]
])("a search finds %s", (_what, content, texts) => {
  expect(textsOf(content)).toEqual(texts)
})
