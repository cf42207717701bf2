/**
 * Linking by a pairing code. The rules are WhatsApp Web's (oxidezap/whatsapp-rust, pair_code.rs): one code at a time; it lives for three
 * minutes, and a phone may answer it three times; once a phone has answered, the link is made within a minute, or another code was typed.
 *
 * A phone's answer changes the ADV secret. From then until the link is made or given up, nothing else may change it.
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getCompanionPlatformId,
  type WASocket
} from "@whiskeysockets/baileys"
import type { CodeEnd } from "../../../events/device.ts"
import { linkQuery, Refusal } from "../queries/link-query.ts"
import type { SignalQueue } from "../signal-queue.ts"
import type { AdvSecret } from "./adv-secret.ts"
import { type Browser, displayName } from "./browser.ts"
import { type CodeOffer, finishExchange, makeCodeOffer, type PhoneKeys, WRAPPED_KEY_BYTES } from "./code-exchange.ts"

export interface CodeLinkOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly creds: AuthenticationCreds
  readonly secret: AdvSecret
  readonly browser: Browser
  /** How long a code is valid. */
  readonly codeMs: number
  /** How long the link may take after a phone has answered. */
  readonly stepMs: number
  /** Called when a code has ended, or was not given: perhaps none is awaited any more. */
  readonly settled: () => void
  /** Called when the secret is another one: the QR that is shown has the one before. */
  readonly renewed: () => void
  readonly warn: (text: string) => void
}

interface LiveCode {
  readonly offer: CodeOffer
  readonly jid: string
  readonly ref: Uint8Array
  /** Elapsed milliseconds. */
  readonly endsAt: number
  attempts: number
  timer: NodeJS.Timeout
}

const ATTEMPTS_MAX = 3
const KEY_BYTES = 32
const TAG = "link_code_companion_reg"

export class CodeLink {
  readonly #options: CodeLinkOptions
  #live: LiveCode | undefined
  /** A request is on its way. */
  #requests = 0
  /** Answers of phones are worked on one after the other, because each changes the secret. */
  #work: Promise<void> = Promise.resolve()

  constructor(options: CodeLinkOptions) {
    this.#options = options
  }

  /** A code is valid, or requested. */
  get isPending(): boolean {
    return this.#live !== undefined || this.#requests > 0
  }

  /** A phone has answered: the secret is the one that it knows. */
  get isAnswered(): boolean {
    return this.#live !== undefined && this.#live.attempts > 0
  }

  /** Resolves when WhatsApp has agreed and the code has become the signal `code`. An earlier code ends. */
  async request(number: string): Promise<void> {
    const { codeMs, signals } = this.#options
    const askedAt = performance.now()
    this.#requests++
    try {
      const offer = await makeCodeOffer()
      const jid = `${number}@s.whatsapp.net`
      const ref = await this.#hello(offer, jid)
      this.stop()
      const leftMs = Math.max(0, askedAt + codeMs - performance.now())
      const timer = setTimeout(() => this.#expire(), leftMs)
      this.#live = { offer, jid, ref, endsAt: askedAt + codeMs, attempts: 0, timer }
      signals.emit({ type: "code", text: offer.code, expiresAt: Math.round(Date.now() + leftMs) })
    } finally {
      this.#requests--
      this.#options.settled()
    }
  }

  /** A `link_code_companion_reg` notification. One that is not about the present code is of an older one, which links nothing. */
  hear(notification: BinaryNode): void {
    const stanza = getBinaryNodeChild(notification, TAG)
    const ref = getBinaryNodeChildBuffer(stanza, "link_code_pairing_ref")
    const live = this.#live
    if (stanza === undefined || live === undefined || ref === undefined || !Buffer.from(ref).equals(live.ref)) return
    if (stanza.attrs.stage === "refresh_code") this.#end("refresh_asked")
    const keys = stanza.attrs.stage === "primary_hello" ? phoneKeysIn(stanza) : undefined
    // Without its keys, the phone announces a passkey; the code stays as it is (tulir/whatsmeow#1188).
    if (keys === undefined || live.attempts >= ATTEMPTS_MAX || performance.now() > live.endsAt) return
    live.attempts++
    clearTimeout(live.timer)
    live.timer = setTimeout(() => this.#end("unanswered"), this.#options.stepMs)
    this.#work = this.#work.then(() => this.#answer(live, keys))
  }

  /** The code is not awaited any more: the device is linked in another way, or the connection is over. */
  stop(): void {
    clearTimeout(this.#live?.timer)
    this.#live = undefined
  }

  async #hello(offer: CodeOffer, jid: string): Promise<Uint8Array> {
    const { socket, creds, browser, stepMs } = this.#options
    const leaf = (tag: string, content: Uint8Array | string): BinaryNode => ({ tag, attrs: {}, content })
    const hello = {
      tag: TAG,
      attrs: { jid, stage: "companion_hello", should_show_push_notification: "true" },
      content: [
        leaf("link_code_pairing_wrapped_companion_ephemeral_pub", offer.wrappedKey),
        leaf("companion_server_auth_key_pub", creds.noiseKey.public),
        leaf("companion_platform_id", getCompanionPlatformId(browser)),
        leaf("companion_platform_display", displayName(browser)),
        leaf("link_code_pairing_nonce", "0")
      ]
    }
    const answer = await linkQuery(socket, "set", hello, stepMs)
    const ref = getBinaryNodeChildBuffer(getBinaryNodeChild(answer, TAG), "link_code_pairing_ref")
    if (ref === undefined) throw new Error("WhatsApp's answer has no ref")
    return ref
  }

  async #answer(live: LiveCode, keys: PhoneKeys): Promise<void> {
    const { socket, creds, secret, stepMs, warn } = this.#options
    const isCurrent = () => this.#live === live
    if (!isCurrent()) return
    try {
      const exchange = await finishExchange(live.offer, keys, creds.signedIdentityKey)
      if (!isCurrent()) return
      secret.set(exchange.secret)
      const finish = {
        tag: TAG,
        attrs: { jid: live.jid, stage: "companion_finish" },
        content: [
          { tag: "link_code_pairing_wrapped_key_bundle", attrs: {}, content: exchange.bundle },
          { tag: "companion_identity_public", attrs: {}, content: creds.signedIdentityKey.public },
          { tag: "link_code_pairing_ref", attrs: {}, content: live.ref }
        ]
      }
      await linkQuery(socket, "set", finish, stepMs)
    } catch (failure) {
      if (failure instanceof Refusal && isCurrent()) this.#end("refused", failure.code)
      // Silence ends with the timer.
      else if (isCurrent()) warn(`a phone's answer to a pairing code could not be used: ${String(failure)}`)
    }
  }

  /** No phone has typed the code in time. */
  #expire(): void {
    this.stop()
    this.#options.settled()
  }

  #end(reason: CodeEnd, code?: number): void {
    const wasAnswered = this.isAnswered
    this.stop()
    if (wasAnswered) {
      this.#options.secret.renew()
      this.#options.renewed()
    }
    this.#options.signals.emit({ type: "code_ended", reason, ...(code === undefined ? {} : { code }) })
    this.#options.settled()
  }
}

/** What a phone sends with its answer; undefined where anything is missing, or has another length than keys have. */
const phoneKeysIn = (stanza: BinaryNode): PhoneKeys | undefined => {
  const wrappedKey = getBinaryNodeChildBuffer(stanza, "link_code_pairing_wrapped_primary_ephemeral_pub")
  const identityKey = getBinaryNodeChildBuffer(stanza, "primary_identity_pub")
  if (wrappedKey?.length !== WRAPPED_KEY_BYTES || identityKey?.length !== KEY_BYTES) return undefined
  return { wrappedKey, identityKey }
}
