/**
 * What a client that asks for a pairing code may call itself. The server checks the name before any phone sees it, and refuses an unknown
 * one with 400 (WhiskeySockets/Baileys PR#2769). It also refuses the platform id of the desktop app (PR#2409). WhatsApp does not publish
 * the names that it takes; those in this file are the ones that users of other clients have linked with.
 */

const BROWSERS = new Set(["Chrome", "Edge", "Firefox", "Opera", "Safari"])
const SYSTEMS = new Set(["Windows", "Mac OS", "Linux"])
const DESKTOP_PLATFORM_ID = "7"

/** Whether the server takes a client with this name, `Browser (System)`, and this platform id. */
export function isKnownDevice(display: string, platformId: string): boolean {
  const [, browser = "", system = ""] = /^(.+) \((.+)\)$/.exec(display) ?? []
  return BROWSERS.has(browser) && SYSTEMS.has(system) && platformId !== DESKTOP_PLATFORM_ID
}
