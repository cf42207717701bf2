/** What every command to a device may fail with, for the declarations of the routes that ask one. */
import type { AskFailure } from "../actors/device/answers.ts"

export const askFailures = [
  "DeviceNotFound",
  "CommandRefused",
  "DeviceBusy",
  "DeviceNotReady",
  "NotOnWhatsApp",
  "NoAnswer",
  "NotConnected"
] as const satisfies readonly AskFailure["_tag"][]
