/**
 * `npm run sandbox`: the gateway and a WhatsApp network on loopback in one command, and a demonstration of both.
 *
 * It is the same gateway as in production; only the network it talks to is another. Without DATA_DIR nothing is kept; with it,
 * gateway and network take up where they left.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { pino } from "pino"
import { readSettings } from "../config.ts"
import { startGateway } from "../gateway.ts"
import { startNetwork } from "../sandbox/start-network.ts"
import { demonstrate } from "./demonstration.ts"
import { fail, UsageProblem } from "./failure.ts"
import { stopOnSignal } from "./signals.ts"
import { version } from "./version.ts"

const HELP = `npm run sandbox: the gateway with a WhatsApp network on loopback, no phone needed

  SANDBOX_DEMO=off        starts both and shows nothing
  PORT=3000               the gateway's port; 0 takes a free one
  SANDBOX_CONTROL_PORT=0  the network's control API
  DATA_DIR=<folder>       keeps everything there; without it a temporary folder is used and removed
  API_KEY=<key>           the operator's key, 16 characters at least
  LOG_LEVEL=warn          the gateway's log, on standard error

Every other setting of the gateway works too: README.md.
`

const main = async (): Promise<void> => {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    process.stdout.write(HELP)
    return
  }
  process.umask(0o077)
  const { env } = process
  const kept = env.DATA_DIR
  const dataDirectory = kept ?? mkdtempSync(join(tmpdir(), "bitacora-sandbox-"))
  const network = await startNetwork({
    controlPort: portOf("SANDBOX_CONTROL_PORT"),
    ...(kept === undefined ? {} : { stateDir: join(kept, "network") })
  })
  const settings = await Effect.runPromise(
    readSettings({
      LOG_LEVEL: "warn",
      ...env,
      DATA_DIR: dataDirectory,
      SANDBOX: "1",
      WA_URL: network.url,
      WA_ROOT_KEY: network.rootKey,
      WA_CA_FILE: network.caFile
    })
  )
  const logger = pino({ level: settings.logLevel }, pino.destination(2))
  const gateway = await startGateway(settings, version, logger)
  stopOnSignal(async () => {
    await gateway.stop()
    await network.stop()
    if (kept === undefined) rmSync(dataDirectory, { recursive: true, force: true })
  })

  say(`gateway   ${gateway.url}`)
  say(`network   ${network.controlUrl}   (control API: phones, contacts, faults)`)
  if (gateway.operatorKey.made !== undefined) say(`operator  X-API-Key: ${gateway.operatorKey.made}`)
  say("")
  if (env.SANDBOX_DEMO !== "off") {
    await demonstrate({ gatewayUrl: gateway.url, controlUrl: network.controlUrl, say })
  }
  say("Serving. Ctrl-C ends it.")
}

const portOf = (name: string): number => {
  const given = process.env[name] ?? "0"
  const port = Number(given)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageProblem(`${name}: must be a port, 0 to 65535, not ${given}`)
  }
  return port
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

main().catch(fail)
