/**
 * Asks WhatsApp for everything that waited while the device was away.
 *
 * WhatsApp says how much waits and gives the first few stanzas; the rest it gives only as far as the client asks for it, again and again
 * (WhatsApp Web's WAWebOfflineHandler, as in oxidezap/whatsapp-rust, offline_resume.rs). Baileys 7.0.0-rc14 asks once, for 100: what is
 * beyond waits for the next connection, and so does everything that is new, because it comes after.
 */
import type { BinaryNode, WASocket } from "@whiskeysockets/baileys"

/** So long after the last stanza of a batch, the batch is complete. */
const QUIET_MS = 100
const BATCH = 100

/** `finished`: resolves when every message that came so far is finished, so that the next batch does not wait in memory. */
export const askForBacklog = ({ ws, sendNode }: WASocket, finished: () => Promise<unknown>): void => {
  let quiet: NodeJS.Timeout | undefined
  const ask = async (): Promise<void> => {
    await finished()
    await sendNode({ tag: "ib", attrs: {}, content: [{ tag: "offline_batch", attrs: { count: String(BATCH) } }] })
  }
  ws.on("frame", (frame: BinaryNode | Uint8Array) => {
    if (frame instanceof Uint8Array || frame.attrs.offline === undefined) return
    clearTimeout(quiet)
    // A connection that ends meanwhile needs no more.
    quiet = setTimeout(() => void ask().catch(() => {}), QUIET_MS)
  })
  const stop = () => clearTimeout(quiet)
  ws.on("CB:ib,,offline", stop)
  ws.on("close", stop)
}
