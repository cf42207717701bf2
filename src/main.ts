/** `npm start`: the gateway as a process. Reads the environment, starts, stops on a signal; says on one line why it cannot. */
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { pino } from "pino"
import { readSettings } from "./config.ts"
import { startGateway } from "./gateway.ts"

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }

const main = async (): Promise<void> => {
  // What the gateway keeps is nobody else's to read.
  process.umask(0o077)
  const settings = await Effect.runPromise(readSettings(process.env))
  const logger = pino({ level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })
  const gateway = await startGateway(settings, version, logger)
  const { made, file } = gateway.operatorKey
  if (made !== undefined) process.stdout.write(`operator's API key (also in ${file}): ${made}\n`)
  process.stdout.write(`Bitácora listens on ${gateway.url}\n`)

  let isStopping = false
  const stop = (signal: string) => {
    if (isStopping) process.exit(1)
    isStopping = true
    logger.info({ signal }, "stopping")
    gateway.stop().then(
      () => process.exit(0),
      (failure: unknown) => fail(failure)
    )
  }
  process.on("SIGTERM", stop)
  process.on("SIGINT", stop)
}

/** What is known to go wrong is said in a sentence; only what nobody foresaw shows its stack. */
const fail = (failure: unknown): never => {
  const { _tag, code } = failure as { _tag?: string; code?: string }
  const isForeseen = _tag !== undefined || code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL"
  const text = failure instanceof Error && !isForeseen ? failure.stack : (failure as Error).message
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

main().catch(fail)
