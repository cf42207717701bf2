/**
 * How a connection links a device to an account: by QR, by pairing code, and with a passkey where one protects the account.
 *
 * Baileys connects, registers the client, and checks the phone's signature (`pair-success`). Everything between is done here, because
 * Baileys draws each QR from the secret that was valid when WhatsApp gave the refs, hears no refusal, knows no passkey, and ends the
 * connection with the last QR, whatever else is under way.
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  buildPairingQRData,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  S_WHATSAPP_NET,
  type WASocket
} from "@whiskeysockets/baileys"
import { CloseCode } from "../../codes.ts"
import type { PairingTimes } from "../../pairing-times.ts"
import type { PasskeyAssertion } from "../../passkey.ts"
import type { Identity } from "../../whatsapp.ts"
import type { SignalQueue } from "../signal-queue.ts"
import { AdvSecret } from "./adv-secret.ts"
import type { Browser } from "./browser.ts"
import { CodeLink } from "./code-link.ts"
import { hearNotices, isFromServer, send } from "./notices.ts"
import { PasskeyLink } from "./passkey-link.ts"
import { QrRound } from "./qr-round.ts"

export interface PairingOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly creds: AuthenticationCreds
  readonly browser: Browser
  readonly times: PairingTimes
  /** The account that the credentials are linked to; null before the phone has confirmed the link. */
  readonly identity: () => Identity | null
  /** Makes the credentials durable; signals that come later wait for it. */
  readonly keepCreds: () => void
  readonly warn: (text: string) => void
}

/** WhatsApp takes either child, and ignores a notification with neither. */
const REFRESH_CHILDREN = ["companion_reg_refresh", "pair-device-rotate-qr"]

export class Pairing {
  readonly #options: PairingOptions
  readonly #secret: AdvSecret
  readonly #round: QrRound
  readonly #code: CodeLink
  readonly #passkey: PasskeyLink
  #isOver = false

  constructor(options: PairingOptions) {
    this.#options = options
    const { socket, signals, creds, browser, times, identity, warn } = options
    const noise = Buffer.from(creds.noiseKey.public).toString("base64")
    const identityKey = Buffer.from(creds.signedIdentityKey.public).toString("base64")
    this.#secret = new AdvSecret(creds)
    this.#round = new QrRound({
      qrMs: times.qrMs,
      draw: (ref) => buildPairingQRData(ref, noise, identityKey, this.#secret.text, browser),
      show: (text, expiresAt) => signals.emit({ type: "qr", text, expiresAt }),
      showAgain: (text, expiresAt, reason) => signals.emit({ type: "qr_redrawn", text, expiresAt, reason }),
      ended: () => this.#endIfIdle()
    })
    const parts = { socket, signals, creds, secret: this.#secret, browser }
    this.#code = new CodeLink({
      ...parts,
      codeMs: times.codeMs,
      stepMs: times.codeStepMs,
      settled: () => this.#endIfIdle(),
      renewed: () => this.#round.redraw("code_ended"),
      warn
    })
    this.#passkey = new PasskeyLink({
      ...parts,
      stepMs: times.passkeyStepMs,
      begun: () => {
        this.#round.stop()
        this.#code.stop()
      },
      givenUp: () => this.#end()
    })
    this.#takeOverPairDevice()
    hearNotices(socket, {
      isLinked: () => identity() !== null,
      hear: {
        companion_reg_refresh: (notification) => this.#refresh(notification),
        link_code_companion_reg: (notification) => this.#code.hear(notification),
        passkey_prologue_request: (notification) => this.#passkey.hearDemand(notification),
        crsc_continuation: (notification) => this.#passkey.hearContinuation(notification)
      }
    })
    socket.ev.on("connection.update", ({ isNewLogin, connection }) => {
      if (isNewLogin) this.#paired()
      if (connection === "close") this.stop()
    })
  }

  /** Resolves when the code has become the signal `code`. */
  requestCode(number: string): Promise<void> {
    return this.#code.request(number)
  }

  answerPasskey(assertion: PasskeyAssertion): Promise<void> {
    return this.#passkey.answer(assertion)
  }

  confirmPasskey(matches: boolean): Promise<void> {
    return this.#passkey.confirm(matches)
  }

  /** Nothing can link over this connection any more. */
  stop(): void {
    this.#isOver = true
    this.#round.stop()
    this.#code.stop()
    this.#passkey.stop()
  }

  #takeOverPairDevice(): void {
    const { ws } = this.#options.socket
    const name = "CB:iq,type:set,pair-device"
    ws.removeAllListeners(name)
    ws.on(name, (stanza: BinaryNode) => {
      const { id } = stanza.attrs
      if (id === undefined || !isFromServer(stanza)) return
      send(this.#options.socket, { tag: "iq", attrs: { to: S_WHATSAPP_NET, type: "result", id } })
      const nodes = getBinaryNodeChildren(getBinaryNodeChild(stanza, "pair-device"), "ref")
      const refs = nodes.map(({ content }) => Buffer.from((content as Uint8Array) ?? []).toString("utf8"))
      // QRs of an earlier connection link nothing any more.
      this.#secret.renew()
      this.#round.begin(refs.filter((ref) => ref !== ""))
    })
  }

  /** A phone has refused the secret. */
  #refresh(notification: BinaryNode): void {
    const isOne = REFRESH_CHILDREN.some((child) => getBinaryNodeChild(notification, child) !== undefined)
    // The secret of a link that is being made has to stay.
    if (!isOne || this.#code.isAnswered || this.#passkey.isPending) return
    this.#secret.renew()
    this.#round.redraw("refused")
  }

  #paired(): void {
    const { identity, keepCreds, signals } = this.#options
    const linked = identity()
    if (!linked) return
    this.stop()
    keepCreds()
    signals.emit({ type: "paired", identity: linked })
  }

  /** The last QR has ended: without a code or a passkey under way, nothing can link over this connection. */
  #endIfIdle(): void {
    if (this.#round.isOver && !this.#code.isPending && !this.#passkey.isPending) this.#end()
  }

  /** As Baileys ends a connection with its last QR. */
  #end(): void {
    if (this.#isOver) return
    this.stop()
    const failure = Object.assign(new Error("nothing has linked"), { output: { statusCode: CloseCode.timedOut } })
    void this.#options.socket.end(failure)
  }
}
