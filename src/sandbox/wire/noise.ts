/**
 * The server's side of Noise_XX_25519_AESGCM_SHA256, and the transport frames after it. Baileys' makeNoiseHandler cannot
 * serve here: its transport keys are in the initiator's order.
 *
 * Bytes on the wire: an optional `ED` routing prefix (2 letters, 2 version bytes, 3-byte length, routing info), the
 * header `WA 6 3`, then frames of a 3-byte length and that many bytes. Handshake (noise-handler.js): h = NOISE_MODE (32
 * bytes). The server mixes in the header, the client's ephemeral key and its own; mixKey(ee); sends its static key,
 * encrypted; mixKey(es); sends the certificate chain, encrypted. The client sends its static key, encrypted; mixKey(se);
 * its payload, encrypted. After the split the first key decrypts what the client sends.
 */
import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  hkdf,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
  sha256
} from "@whiskeysockets/baileys"
import type { NoiseIdentity } from "./noise-identity.ts"

/** What the client's bytes contain: its ClientPayload once, then stanzas, not decoded yet. */
type NoiseOutput =
  | { readonly kind: "payload"; readonly payload: proto.ClientPayload }
  | { readonly kind: "stanza"; readonly bytes: Buffer }

const EMPTY = Buffer.alloc(0)
const ROUTING_MARK = "ED"
const ROUTING_PREFIX_BYTES = 7
const LENGTH_BYTES = 3

/** The handshake of one connection, then its transport. Bytes must come in the order in which they were received. */
export class NoiseResponder {
  readonly #identity: NoiseIdentity
  readonly #send: (bytes: Buffer) => void
  readonly #ephemeral = Curve.generateKeyPair()
  #stage: "header" | "hello" | "finish" | "transport" = "header"
  #received: Buffer = EMPTY
  #hash: Buffer = Buffer.from(NOISE_MODE)
  #salt: Buffer = this.#hash
  #key: Buffer = this.#hash
  #counter = 0
  #readKey: Buffer = EMPTY
  #readCounter = 0
  #writeKey: Buffer = EMPTY
  #writeCounter = 0
  #clientStatic: Uint8Array = EMPTY

  constructor(identity: NoiseIdentity, send: (bytes: Buffer) => void) {
    this.#identity = identity
    this.#send = send
  }

  /** The client's static key, which proves a login. Empty before the handshake ends. */
  get clientStaticKey(): Uint8Array {
    return this.#clientStatic
  }

  /** Encrypts one stanza and sends it. Call it only after `read` has yielded the payload. */
  write(stanza: Uint8Array): void {
    this.#sendFrame(aesEncryptGCM(stanza, this.#writeKey, initialisationVector(this.#writeCounter++), EMPTY))
  }

  /** Reads bytes from the client and yields what is complete. Throws when they break the protocol. */
  *read(bytes: Buffer): Generator<NoiseOutput> {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    if (this.#stage === "header" && !this.#readHeader()) return
    for (let frame = this.#takeFrame(); frame !== undefined; frame = this.#takeFrame()) {
      if (this.#stage === "hello") this.#readHello(frame)
      else if (this.#stage === "finish") yield { kind: "payload", payload: this.#readFinish(frame) }
      else {
        const iv = initialisationVector(this.#readCounter++)
        yield { kind: "stanza", bytes: aesDecryptGCM(frame, this.#readKey, iv, EMPTY) }
      }
    }
  }

  #readHeader(): boolean {
    let start = 0
    if (this.#received.length < NOISE_WA_HEADER.length) return false
    if (this.#received.toString("latin1", 0, 2) === ROUTING_MARK) {
      if (this.#received.length < ROUTING_PREFIX_BYTES) return false
      start = ROUTING_PREFIX_BYTES + this.#received.readUIntBE(4, LENGTH_BYTES)
    }
    const end = start + NOISE_WA_HEADER.length
    if (this.#received.length < end) return false
    if (!this.#received.subarray(start, end).equals(NOISE_WA_HEADER))
      throw new Error("the client sent no WhatsApp header")
    this.#mixHash(NOISE_WA_HEADER)
    this.#received = this.#received.subarray(end)
    this.#stage = "hello"
    return true
  }

  #takeFrame(): Buffer | undefined {
    if (this.#received.length < LENGTH_BYTES) return undefined
    const end = LENGTH_BYTES + this.#received.readUIntBE(0, LENGTH_BYTES)
    if (this.#received.length < end) return undefined
    const frame = this.#received.subarray(LENGTH_BYTES, end)
    this.#received = this.#received.subarray(end)
    return frame
  }

  #readHello(frame: Buffer): void {
    const clientEphemeral = required(proto.HandshakeMessage.decode(frame).clientHello?.ephemeral, "client hello")
    this.#mixHash(clientEphemeral)
    this.#mixHash(this.#ephemeral.public)
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, clientEphemeral))
    const encryptedStatic = this.#encrypt(this.#identity.server.public)
    this.#mixKey(Curve.sharedKey(this.#identity.server.private, clientEphemeral))
    const serverHello = {
      ephemeral: this.#ephemeral.public,
      static: encryptedStatic,
      payload: this.#encrypt(this.#identity.certificateChain)
    }
    this.#sendFrame(proto.HandshakeMessage.encode({ serverHello }).finish())
    this.#stage = "finish"
  }

  #readFinish(frame: Buffer): proto.ClientPayload {
    const finish = proto.HandshakeMessage.decode(frame).clientFinish
    this.#clientStatic = this.#decrypt(required(finish?.static, "client static key"))
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, this.#clientStatic))
    const payload = proto.ClientPayload.decode(this.#decrypt(required(finish?.payload, "client payload")))
    ;[this.#readKey, this.#writeKey] = this.#split(EMPTY)
    this.#stage = "transport"
    return payload
  }

  #mixHash(data: Uint8Array): void {
    this.#hash = sha256(Buffer.concat([this.#hash, data]))
  }

  #mixKey(secret: Uint8Array): void {
    ;[this.#salt, this.#key] = this.#split(secret)
    this.#counter = 0
  }

  #split(secret: Uint8Array): [Buffer, Buffer] {
    const both = Buffer.from(hkdf(Buffer.from(secret), 64, { salt: this.#salt, info: "" }))
    return [both.subarray(0, 32), both.subarray(32)]
  }

  #encrypt(data: Uint8Array): Buffer {
    const encrypted = aesEncryptGCM(data, this.#key, initialisationVector(this.#counter++), this.#hash)
    this.#mixHash(encrypted)
    return encrypted
  }

  #decrypt(data: Uint8Array): Buffer {
    const plain = aesDecryptGCM(data, this.#key, initialisationVector(this.#counter++), this.#hash)
    this.#mixHash(data)
    return plain
  }

  #sendFrame(data: Uint8Array): void {
    const frame = Buffer.allocUnsafe(LENGTH_BYTES + data.length)
    frame.writeUIntBE(data.length, 0, LENGTH_BYTES)
    frame.set(data, LENGTH_BYTES)
    this.#send(frame)
  }
}

function initialisationVector(counter: number): Buffer {
  const iv = Buffer.alloc(12)
  iv.writeUInt32BE(counter, 8)
  return iv
}

function required(bytes: Uint8Array | null | undefined, what: string): Uint8Array {
  if (bytes === null || bytes === undefined || bytes.length === 0) throw new Error(`the handshake has no ${what}`)
  return bytes
}
