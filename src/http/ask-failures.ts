/** The failures of every command to a device, for the declarations of routes that send one. */
import type { AskFailure } from "../actors/device/answers.ts"

export const askFailures = [
  "DeviceNotFound",
  "CommandRefused",
  "DeviceBusy",
  "DeviceNotReady",
  "AccountRestricted",
  "MessageIdTaken",
  "NotOnWhatsApp",
  "NoAnswer",
  "AskedTooOften",
  "NotConnected"
] as const satisfies readonly AskFailure["_tag"][]
