/** Asks WhatsApp for a code that the user types into the phone, instead of scanning a QR. */
import type { WASocket } from "@whiskeysockets/baileys"

/** What the client calls itself, as Baileys keeps it for a socket. The gateway puts the device name in the system's place. */
export type Browser = [system: string, browser: string, version: string]

/** With the browser "Chrome" this makes "Chrome (Linux)". */
const COMMON_SYSTEM = "Linux"

/**
 * WhatsApp gives a code only to a client with a common name, "Browser (System)" (whatsmeow, PairPhone), so the client has such a name
 * during the request. The name that phones show later was given when the socket opened, and does not change.
 */
export const requestPairingCode = async (socket: WASocket, browser: Browser, number: string): Promise<string> => {
  const [deviceName] = browser
  browser[0] = COMMON_SYSTEM
  try {
    return await socket.requestPairingCode(number)
  } finally {
    browser[0] = deviceName
  }
}
