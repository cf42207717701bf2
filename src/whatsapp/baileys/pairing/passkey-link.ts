/**
 * Linking an account that a passkey protects (passkey-exchange.ts has the cryptography). A phone was used, and WhatsApp demands the passkey
 * before it goes on. The passkey is somewhere else: its owner signs the challenge in a browser, and the answer comes back as a command.
 *
 * The waits are WhatsApp Web's. When a ceremony leads nowhere, WhatsApp Web asks for another challenge on the same connection, and so does
 * this; after three of them, or when WhatsApp gives none, the connection is given up and the phone has to be used again.
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  type WASocket
} from "@whiskeysockets/baileys"
import type { PasskeyFailure } from "../../../events/device.ts"
import type { PasskeyAssertion } from "../../passkey.ts"
import { PasskeyNotAsked } from "../../whatsapp.ts"
import { linkQuery, Refusal } from "../queries/link-query.ts"
import type { SignalQueue } from "../signal-queue.ts"
import type { AdvSecret } from "./adv-secret.ts"
import { type Browser, deviceType } from "./browser.ts"
import { handoffKey, handoffProof, PasskeyExchange, type PhoneIdentity, readPhoneIdentity } from "./passkey-exchange.ts"

export interface PasskeyLinkOptions {
  readonly socket: WASocket
  readonly signals: SignalQueue
  readonly creds: AuthenticationCreds
  readonly secret: AdvSecret
  readonly browser: Browser
  /** How long WhatsApp, the phone or a person may take for a step. */
  readonly stepMs: number
  /** Called when a passkey is demanded: whatever else could link is not shown any more. */
  readonly begun: () => void
  /** Called when the link has led nowhere for good. */
  readonly givenUp: () => void
}

type Stage =
  | { readonly name: "idle" | "fetching" | "over" }
  | { readonly name: "asked" | "answering" | "revealing" }
  | { readonly name: "answered"; readonly exchange: PasskeyExchange }
  | { readonly name: "revealed"; readonly exchange: PasskeyExchange; readonly phone: PhoneIdentity }
  | { readonly name: "requested" }

const CHALLENGES_MAX = 3
/** A challenge is valid for as long as WhatsApp says, at most this long. */
const CHALLENGE_MAX_MS = 600_000
const OPTIONS_BYTES_MAX = 4_096
/** WhatsApp Web proves for so long that it is the client whose QR was scanned. */
const HANDOFF_MS = 300_000

export class PasskeyLink {
  readonly #options: PasskeyLinkOptions
  #stage: Stage = { name: "idle" }
  #challenges = 0
  #timer: NodeJS.Timeout | undefined
  /** A continuation that came in one piece with the answer to the prologue. */
  #early: BinaryNode | undefined
  #handoff: { readonly key: Uint8Array; readonly endsAt: number } | undefined

  constructor(options: PasskeyLinkOptions) {
    this.#options = options
  }

  /** A passkey was demanded, and the link is not given up. */
  get isPending(): boolean {
    return this.#stage.name !== "idle" && this.#stage.name !== "over"
  }

  /** A `passkey_prologue_request` notification. */
  hearDemand(notification: BinaryNode): void {
    const { name } = this.#stage
    if (name !== "idle" && name !== "asked") return
    if (name === "idle") {
      const { secret, begun } = this.#options
      this.#handoff = { key: handoffKey(secret.bytes), endsAt: performance.now() + HANDOFF_MS }
      // Only this ceremony can link from here on.
      secret.renew()
      begun()
    }
    const embedded = optionsIn(notification)
    if (embedded !== undefined) this.#ask(embedded)
    else void this.#fetchChallenge()
  }

  /** A `crsc_continuation` notification. One that no link waits for is ignored. */
  hearContinuation(notification: BinaryNode): void {
    const stage = this.#stage
    if (stage.name === "answering") this.#early = notification
    if (stage.name !== "answered") return
    const bytes = getBinaryNodeChildBuffer(notification, "primary_ephemeral_identity")
    const phone = bytes === undefined ? undefined : readPhoneIdentity(bytes)
    if (phone === undefined) this.#fail("bad_continuation")
    else void this.#reveal(stage.exchange, phone)
  }

  /** Resolves when WhatsApp has taken the assertion. Rejects with PasskeyNotAsked, with a Refusal, or when no answer comes. */
  async answer(assertion: PasskeyAssertion): Promise<void> {
    if (this.#stage.name !== "asked") throw new PasskeyNotAsked({ step: "assertion" })
    const stage = this.#enter({ name: "answering" })
    const handoff = this.#handoff
    this.#handoff = undefined
    this.#early = undefined
    try {
      const { browser } = this.#options
      const ref = getBinaryNodeChildBuffer(await this.#query("get", leaf("ref")), "ref")
      if (ref === undefined) throw new Error("WhatsApp's answer has no ref")
      const exchange = new PasskeyExchange(Buffer.from(ref).toString("utf8"), deviceType(browser))
      const isProvable = handoff !== undefined && performance.now() < handoff.endsAt
      await this.#query("set", {
        tag: "passkey_prologue",
        attrs: {},
        content: [
          leaf("credential_id", Buffer.from(assertion.rawId, "base64url")),
          leaf("webauthn_assertion", Buffer.from(JSON.stringify(assertion))),
          leaf("prologue_payload", exchange.payload),
          ...(isProvable ? [leaf("pairing_handoff_proof", handoffProof(handoff.key, exchange.payload))] : [])
        ]
      })
      if (this.#stage !== stage) return
      this.#enter({ name: "answered", exchange }, "no_continuation")
      if (this.#early) this.hearContinuation(this.#early)
    } catch (failure) {
      if (this.#stage === stage) this.#failOf(failure)
      throw failure
    }
  }

  /** Resolves when WhatsApp has taken the client's keys. Rejects as `answer` does. */
  async confirm(matches: boolean): Promise<void> {
    const revealed = this.#stage
    if (revealed.name !== "revealed") throw new PasskeyNotAsked({ step: "confirmation" })
    if (!matches) {
      this.#giveUp()
      return
    }
    const { creds, secret } = this.#options
    const { exchange, phone } = revealed
    const stage = this.#enter({ name: "requested" }, "not_completed")
    const before = secret.bytes
    const keys = { noise: creds.noiseKey.public, identity: creds.signedIdentityKey.public }
    const request = exchange.requestFor(phone, keys)
    // The phone's signature may come in one piece with the answer.
    secret.set(exchange.secret)
    try {
      await this.#query("set", leaf("encrypted_pairing_request", request))
    } catch (failure) {
      if (this.#stage === stage) {
        secret.set(before)
        this.#failOf(failure)
      }
      throw failure
    }
  }

  /** The device is linked, or the connection is over. */
  stop(): void {
    this.#enter({ name: "over" })
  }

  async #fetchChallenge(): Promise<void> {
    const stage = this.#enter({ name: "fetching" })
    try {
      const options = optionsIn(await this.#query("get", leaf("passkey_request_options")))
      if (this.#stage !== stage) return
      if (options === undefined) throw new Error("WhatsApp's answer has no challenge")
      this.#ask(options)
    } catch {
      if (this.#stage !== stage) return
      this.#options.signals.emit({ type: "passkey_failed", reason: "unusable_challenge" })
      this.#giveUp()
    }
  }

  #ask({ json, timeoutMs }: Challenge): void {
    this.#challenges++
    this.#enter({ name: "asked" }, "expired", timeoutMs)
    const expiresAt = Math.round(Date.now() + timeoutMs)
    this.#options.signals.emit({ type: "passkey_requested", options: json, expiresAt })
  }

  async #reveal(exchange: PasskeyExchange, phone: PhoneIdentity): Promise<void> {
    const { signals, stepMs } = this.#options
    const stage = this.#enter({ name: "revealing" })
    try {
      await this.#query("set", leaf("companion_nonce", exchange.nonce))
      if (this.#stage !== stage) return
      this.#enter({ name: "revealed", exchange, phone }, "not_confirmed")
      const expiresAt = Math.round(Date.now() + stepMs)
      signals.emit({ type: "confirm_code", text: exchange.codeWith(phone), expiresAt })
    } catch (failure) {
      if (this.#stage === stage) this.#failOf(failure)
    }
  }

  #query(type: "get" | "set", content: BinaryNode): Promise<BinaryNode> {
    return linkQuery(this.#options.socket, type, content, this.#options.stepMs)
  }

  /** `orElse`: what it means when the stage lasts too long. */
  #enter<S extends Stage>(stage: S, orElse?: PasskeyFailure, ms = this.#options.stepMs): S {
    clearTimeout(this.#timer)
    this.#stage = stage
    if (orElse !== undefined) this.#timer = setTimeout(() => this.#fail(orElse), ms)
    return stage
  }

  #failOf(failure: unknown): void {
    if (failure instanceof Refusal) this.#fail("refused", failure.code)
    else this.#fail("no_continuation")
  }

  #fail(reason: PasskeyFailure, code?: number): void {
    this.#options.signals.emit({ type: "passkey_failed", reason, ...(code === undefined ? {} : { code }) })
    if (this.#challenges < CHALLENGES_MAX) void this.#fetchChallenge()
    else this.#giveUp()
  }

  #giveUp(): void {
    this.stop()
    this.#options.givenUp()
  }
}

interface Challenge {
  readonly json: string
  readonly timeoutMs: number
}

/** The challenge in a stanza; undefined where there is none that a browser could use. */
const optionsIn = (stanza: BinaryNode): Challenge | undefined => {
  const content = getBinaryNodeChild(stanza, "passkey_request_options")?.content
  const json = typeof content === "string" ? content : Buffer.from((content as Uint8Array) ?? []).toString("utf8")
  if (json === "" || json.length > OPTIONS_BYTES_MAX) return undefined
  try {
    const { challenge, timeout } = JSON.parse(json) as { challenge?: unknown; timeout?: unknown }
    if (typeof challenge !== "string" || !/^[\w-]+$/.test(challenge)) return undefined
    const given = typeof timeout === "number" && timeout > 0 ? timeout : CHALLENGE_MAX_MS
    return { json, timeoutMs: Math.min(given, CHALLENGE_MAX_MS) }
  } catch {
    return undefined
  }
}

const leaf = (tag: string, content?: Uint8Array): BinaryNode =>
  content === undefined ? { tag, attrs: {} } : { tag, attrs: {}, content }
