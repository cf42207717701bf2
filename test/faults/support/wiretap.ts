/**
 * Records what Baileys raises, without changing it: the real `makeWASocket` with an additional listener. In a test file:
 *
 *     vi.mock("@whiskeysockets/baileys", async (original) => (await import("./support/wiretap.ts")).tapped(await original()))
 */
import type * as Baileys from "@whiskeysockets/baileys"

/** What one socket raised, in order. `number` is undefined until a phone has linked the socket. */
interface Said {
  readonly number: string | undefined
  readonly words: string
}

const said: Said[] = []
const newest = new Map<string, Baileys.WASocket>()

/** How much was raised so far: a place to continue from. */
export const saidSoFar = (): number => said.length

/** What was raised after a place, for this number or by sockets that are not linked yet; each thing once. */
export const saidBehind = (place: number, number: string): readonly string[] => [
  ...new Set(
    said
      .slice(place)
      .filter((each) => each.number === undefined || each.number === number)
      .map(({ words }) => words)
  )
]

/** The newest socket of this number. */
export const socketOf = (number: string): Baileys.WASocket => {
  const socket = newest.get(number)
  if (!socket) throw new Error(`${number} has no socket`)
  return socket
}

export const tapped = (baileys: typeof Baileys): typeof Baileys => ({
  ...baileys,
  makeWASocket: (config) => {
    const socket = baileys.makeWASocket(config)
    const numberOf = () => config.auth.creds.me?.id.split(/[:@]/)[0]
    const number = numberOf()
    if (number !== undefined) newest.set(number, socket)
    const say = (words: string) => said.push({ number: numberOf(), words })
    socket.ev.on("connection.update", ({ connection, qr, isNewLogin, lastDisconnect }) => {
      if (qr !== undefined) say("qr")
      if (isNewLogin === true) say("isNewLogin")
      if (connection === "open") say("open")
      if (connection === "close") say(`close ${codeOf(lastDisconnect?.error)}`)
    })
    socket.ev.on("messages.update", (updates) => {
      for (const { update } of updates) {
        if (update.status === baileys.proto.WebMessageInfo.Status.ERROR) {
          say(`messages.update ERROR ${update.messageStubParameters?.[0] ?? ""}`.trim())
        }
      }
    })
    return socket
  }
})

const codeOf = (error: Error | undefined): string => {
  const { output } = (error ?? {}) as { output?: { statusCode?: number } }
  return output?.statusCode === undefined ? "(by the gateway)" : String(output.statusCode)
}
