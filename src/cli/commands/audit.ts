/** `bitacora audit`: verifies the log, and signs heads to verify it against later. */
import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { Effect, Result } from "effect"
import { readSettings } from "../../config.ts"
import { toHex } from "../../events/envelope.ts"
import { streamsOf } from "../../events/streams.ts"
import { HistoryTrimmed } from "../../store/errors.ts"
import { LogReader } from "../../store/log/log-reader.ts"
import { knownPublicKey, readSignedHead, type SignedHead } from "../../store/audit/signed-head.ts"
import { type LogRange, type PublicKey, readEnd, verifyStreams } from "../../store/audit/verification.ts"
import { deviceArgument } from "../device-argument.ts"
import { UsageProblem } from "../failure.ts"
import { requireStore, withStore } from "../open-store.ts"
import { verifyInParallel } from "../parallel-verification.ts"
import { progressLine } from "../progress-line.ts"
import { signingKey } from "../signing-key.ts"

export const help = `bitacora audit verify [--from <position>] [--to <position>] [--against <head.json>] [--key <public key>]
bitacora audit verify --device <device>
bitacora audit head [--sign]
bitacora audit key

verify   Walks the log and prints {"valid":true,…} or {"valid":false,"position":…,"reason":…}. Exit code 1 if it is not valid.
         --against <head.json> also finds what the log alone cannot show: a cut-off end, or a rewritten history. With --key the head
         must be signed with that key, and so must the start of a trimmed log; without it, with the gateway's own key.
         --device verifies the streams of one device alone.
head     Prints where the log ends. With --sign the head is signed: keep it where no person with write access to the store can reach it.
key      Prints the public key of signed heads. The private key is audit.key in DATA_DIR; it is created if it is missing.

Reads the store in DATA_DIR, also while a gateway runs.
`

export const run = async (args: readonly string[]): Promise<void> => {
  const [action, ...rest] = args
  if (action === "verify") return verify(rest)
  if (action === "head") return head(rest)
  if (action === "key" && rest.length === 0) return say((await auditKey()).publicKey)
  throw new UsageProblem(help)
}

const verify = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: "string" },
      to: { type: "string" },
      against: { type: "string" },
      key: { type: "string" },
      device: { type: "string" }
    }
  })
  const progress = progressLine()
  const show = (done: number, all: number) => progress.show(`verified ${done} of ${all}`)
  const verdict =
    values.device === undefined
      ? await verifyWhole(rangeOf(values), show)
      : await verifyDevice(values.device, values.key, show)
  progress.end()
  say(JSON.stringify(verdict))
  if (!verdict.valid) process.exitCode = 1
}

const verifyWhole = async (range: LogRange, show: (done: number, all: number) => void) => {
  const [position, { position: dropped }] = await withStore(
    Effect.flatMap(LogReader, (log) => Effect.all([readEnd, log.start]))
  )
  const first = Math.min(range.from ?? dropped + 1, (range.against?.position ?? dropped) + 1)
  if (first <= dropped) throw new HistoryTrimmed({ start: dropped + 1 })
  if ((range.from ?? 1) > Math.max(1, position)) throw new UsageProblem(`--from: the log ends at position ${position}`)
  const publicKey = await keyFor(dropped, range.publicKey)
  return verifyInParallel({ ...range, publicKey, from: range.from ?? dropped + 1 }, position, show)
}

const verifyDevice = async (reference: string, key: string | undefined, show: (done: number, all: number) => void) => {
  const { position: dropped } = await withStore(Effect.flatMap(LogReader, (log) => log.start))
  const publicKey = await keyFor(dropped, key)
  return withStore(
    Effect.flatMap(deviceArgument(reference), ({ id, deviceNumber }) =>
      verifyStreams(streamsOf(id), deviceNumber, { progress: show, publicKey })
    )
  )
}

/** The key that a trimming must be signed with. */
const keyFor = async (dropped: number, given: PublicKey | undefined): Promise<PublicKey> => {
  const key = given ?? knownPublicKey(await dataDirectory())
  if (dropped === 0 || key !== null) return key
  throw new UsageProblem(
    "the log was trimmed, and DATA_DIR holds no key to verify that: pass the gateway's public key with --key"
  )
}

const rangeOf = (values: { from?: string; to?: string; against?: string; key?: string }): LogRange => {
  const from = positionOf("from", values.from)
  const to = positionOf("to", values.to)
  if (from !== undefined && to !== undefined && from > to) throw new UsageProblem("--from must not be later than --to")
  if (values.against !== undefined && (from !== undefined || to !== undefined)) {
    throw new UsageProblem("--against verifies the whole log; leave out --from and --to")
  }
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(values.against === undefined ? {} : { against: signedHead(values.against, values.key) }),
    ...(values.key === undefined ? {} : { publicKey: values.key })
  }
}

const positionOf = (name: string, given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  if (!/^[1-9]\d{0,14}$/.test(given)) throw new UsageProblem(`--${name}: ${given} is not a position`)
  return Number(given)
}

const signedHead = (file: string, key: string | undefined): SignedHead => {
  const head = readSignedHead(readFileSync(file, "utf8"), key)
  if (Result.isFailure(head)) throw new UsageProblem(`--against: ${file} ${head.failure}`)
  return head.success
}

const head = async (args: readonly string[]): Promise<void> => {
  const { values } = parseArgs({ args: [...args], options: { sign: { type: "boolean" } } })
  const { position, hash, recordedAt } = await withStore(Effect.flatMap(LogReader, (log) => log.head))
  const found = { position, hash: toHex(hash), recordedAt }
  say(JSON.stringify(values.sign ? (await auditKey()).sign(found, Date.now()) : found))
}

const dataDirectory = async () => (await Effect.runPromise(readSettings(process.env))).dataDirectory

const auditKey = async () => {
  const settings = await Effect.runPromise(readSettings(process.env))
  requireStore(settings)
  return signingKey(settings.dataDirectory)
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
