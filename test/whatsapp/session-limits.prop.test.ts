/** Two contacts write to each other for a long time, and their messages come late and in any order. */
import {
  addTransactionCapability,
  generateSignalPubKey,
  initAuthCreds,
  type AuthenticationCreds,
  type SignalDataSet,
  type SignalDataTypeMap
} from "@whiskeysockets/baileys"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { baileysLogger } from "../../src/whatsapp/baileys/process/baileys-logger.ts"
import { quietLibsignal } from "../../src/whatsapp/baileys/encryption/quiet-libsignal.ts"
import { MESSAGE_KEYS_MAX, RECEIVING_CHAINS_MAX } from "../../src/whatsapp/baileys/encryption/session-limits.ts"
import { makeSessions } from "../../src/whatsapp/baileys/encryption/sessions.ts"
import { times } from "../support/soak.ts"

quietLibsignal()
const logger = baileysLogger(undefined)

interface KeptSession {
  readonly currentRatchet: { readonly ephemeralKeyPair: { readonly pubKey: string } }
  readonly _chains: Record<string, { readonly chainType: number; readonly messageKeys: object }>
}
interface Letter {
  readonly text: string
  readonly type: "pkmsg" | "msg"
  readonly ciphertext: Uint8Array
  /** The writer's turn that it belongs to: the public key of the writer's ratchet. */
  readonly turn: string
}

/** One end of a conversation between two, with the sessions that a connection uses. */
class Writer {
  readonly jid: string
  readonly creds: AuthenticationCreds = initAuthCreds()
  /** The other end's turns, the oldest first. */
  readonly turnsRead = new Set<string>()
  readonly #kept = new Map<string, unknown>()
  readonly #sessions: ReturnType<typeof makeSessions>

  constructor(number: string) {
    this.jid = `${number}@s.whatsapp.net`
    const store = {
      get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found = ids.map((id) => [id, this.#kept.get(`${type}/${id}`)])
        return structuredClone(Object.fromEntries(found)) as Record<string, SignalDataTypeMap[T]>
      },
      set: async (data: SignalDataSet) => {
        for (const [type, values] of Object.entries(data))
          for (const [id, value] of Object.entries(values ?? {}))
            this.#kept.set(`${type}/${id}`, structuredClone(value))
      }
    }
    const keys = addTransactionCapability(store, logger, { maxCommitRetries: 1, delayBetweenTriesMs: 1 })
    this.#sessions = makeSessions({ creds: this.creds, keys }, logger, async () => undefined)
  }

  /** The stored session with the other end. */
  get session(): KeptSession {
    const [record] = [...this.#kept].filter(([key]) => key.startsWith("session/")).map(([, value]) => value)
    const [session] = Object.values((record as { _sessions: Record<string, KeptSession> })._sessions)
    return session as KeptSession
  }

  async meet(other: Writer): Promise<void> {
    const { registrationId, signedIdentityKey, signedPreKey } = other.creds
    const session = {
      registrationId,
      identityKey: generateSignalPubKey(signedIdentityKey.public),
      signedPreKey: {
        keyId: signedPreKey.keyId,
        publicKey: generateSignalPubKey(signedPreKey.keyPair.public),
        signature: signedPreKey.signature
      }
    }
    await this.#sessions.repository.injectE2ESession({ jid: other.jid, session })
  }

  async write(to: Writer, text: string): Promise<Letter> {
    const { type, ciphertext } = await this.#sessions.repository.encryptMessage({
      jid: to.jid,
      data: Buffer.from(text)
    })
    return { text, type, ciphertext, turn: this.session.currentRatchet.ephemeralKeyPair.pubKey }
  }

  async read(from: Writer, { type, ciphertext, turn }: Letter): Promise<string> {
    this.turnsRead.add(turn)
    const { inTurn, repository } = this.#sessions
    const plain = await inTurn(() => repository.decryptMessage({ jid: from.jid, type, ciphertext }))
    return Buffer.from(plain).toString()
  }
}

/** Two writers with a session. */
const acquainted = async (): Promise<[Writer, Writer]> => {
  const [ana, beto] = [new Writer("51911000001"), new Writer("51911000002")]
  await ana.meet(beto)
  await beto.read(ana, await ana.write(beto, "hola"))
  await ana.read(beto, await beto.write(ana, "hola"))
  return [ana, beto]
}

/** The writer of each message, and how many of the following messages overtake it. */
const course = fc.array(
  fc.record({
    byAna: fc.boolean(),
    overtakenBy: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(6), fc.nat(30))
  }),
  { minLength: 30, maxLength: 60 }
)

/** Messages of these writers, a or b, of which the first message comes last. */
const firstComesLast = (writers: string) =>
  writers.split("").map((writer, i) => ({ byAna: writer === "a", overtakenBy: i === 0 ? writers.length : 0 }))

describe("what is kept of a Signal session", () => {
  it("reads every message of the other end's last five turns, in any order, and never holds more", async () => {
    await fc.assert(
      fc.asyncProperty(course, async (steps) => {
        const [ana, beto] = await acquainted()
        const under: { due: number; from: Writer; to: Writer; letter: Letter }[] = []
        const deliver = async (until: number) => {
          const due = under.filter((each) => each.due <= until).toSorted((a, b) => a.due - b.due)
          for (const each of due) {
            under.splice(under.indexOf(each), 1)
            const { from, to, letter } = each
            const reading = to.read(from, letter)
            if ([...to.turnsRead].slice(-RECEIVING_CHAINS_MAX).includes(letter.turn))
              expect(await reading).toBe(letter.text)
            else await expect(reading).rejects.toThrow("No matching sessions found")
            const received = Object.values(to.session._chains).filter(({ chainType }) => chainType === 2)
            expect(received.length).toBeLessThanOrEqual(RECEIVING_CHAINS_MAX)
          }
        }
        for (const [i, { byAna, overtakenBy }] of steps.entries()) {
          const [from, to] = byAna ? [ana, beto] : [beto, ana]
          under.push({ due: i + overtakenBy, from, to, letter: await from.write(to, `message ${i}`) })
          await deliver(i)
        }
        await deliver(Number.POSITIVE_INFINITY)
      }),
      {
        numRuns: times(10, 200),
        // The late message is of the very first turn: once it comes just in time, once too late.
        examples: [[firstComesLast("babababab")], [firstComesLast("bababababab")]]
      }
    )
  })

  it("holds a bounded number of keys, however many message numbers a sender skips", async () => {
    const [ana, beto] = await acquainted()
    const letters: Letter[] = []
    for (let i = 0; i <= MESSAGE_KEYS_MAX + 500; i++) letters.push(await ana.write(beto, `message ${i}`))
    for (const jump of [1_200, MESSAGE_KEYS_MAX + 500])
      expect(await beto.read(ana, letters[jump] as Letter)).toBe(`message ${jump}`)
    const keys = Object.values(beto.session._chains).map(({ messageKeys }) => Object.keys(messageKeys).length)
    expect(Math.max(...keys)).toBe(MESSAGE_KEYS_MAX)
    expect(await beto.read(ana, letters.at(-2) as Letter)).toBe(`message ${letters.length - 2}`)
    await expect(beto.read(ana, letters[0] as Letter)).rejects.toThrow("No matching sessions found")
  })
})
