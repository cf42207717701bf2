/** What the client calls itself to WhatsApp. */
import { proto } from "@whiskeysockets/baileys"

/** As Baileys keeps it for a socket. The gateway puts the device name, which phones show, in the system's place. */
export type Browser = [system: string, browser: string, version: string]

/**
 * WhatsApp gives a pairing code only to a client with a common name, "Browser (System)": with an unknown one it refuses with 400
 * (Baileys PR#2769). The name that phones show later is the device name all the same: it was given when the socket opened.
 */
export const displayName = ([, browser]: Browser): string => `${browser} (Linux)`

/** The type of device that Baileys registers a client of this browser as. */
export const deviceType = ([, browser]: Browser): proto.DeviceProps.PlatformType => {
  const types = proto.DeviceProps.PlatformType as unknown as Readonly<Record<string, proto.DeviceProps.PlatformType>>
  return types[browser.toUpperCase()] ?? proto.DeviceProps.PlatformType.CHROME
}
