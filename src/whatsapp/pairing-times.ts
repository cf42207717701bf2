/** How long the steps of a link may take; the defaults (config.ts) are WhatsApp Web's. */
export interface PairingTimes {
  /** Each QR; undefined: as long as WhatsApp Web shows it. */
  readonly qrMs: number | undefined
  readonly codeMs: number
  /** From a phone's answer to a code until the link is made. */
  readonly codeStepMs: number
  /** Each step of a passkey after the challenge, whose time WhatsApp says. */
  readonly passkeyStepMs: number
}
