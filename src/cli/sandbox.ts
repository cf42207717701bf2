/**
 * `npm run sandbox`: starts the gateway and a WhatsApp network on loopback, and demonstrates both.
 *
 * The gateway is the same as in production; only its network differs. Without DATA_DIR nothing is kept. With it, gateway and network
 * continue where they stopped.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { pino } from "pino"
import { readSettings } from "../config.ts"
import { type Gateway, startGateway } from "../gateway.ts"
import type { Network } from "../sandbox/network.ts"
import { startNetwork } from "../sandbox/start-network.ts"
import { demonstrate, PASSWORD, PHONE } from "./demonstration.ts"
import { fail, UsageProblem } from "./failure.ts"
import { demonstrateLinks } from "./link-demonstration.ts"
import { stopOnSignal } from "./signals.ts"
import { version } from "../version.ts"

const HELP = `npm run sandbox: runs the gateway with a WhatsApp network on loopback; no phone is needed

  SANDBOX_DEMO=link       shows how phones are linked: by code, with a passkey, and by their owner on a page
  SANDBOX_DEMO=off        starts both without the demonstration
  PORT=3000               the gateway's port; 0 takes a free one
  SANDBOX_CONTROL_PORT=0  the port of the network's control API
  DATA_DIR=<folder>       keeps all data there; without it a temporary folder is used and removed
  API_KEY=<key>           the operator's key, at least 16 characters
  LOG_LEVEL=warn          the gateway's log, on standard error

Every other setting of the gateway works as well, from the environment only (.env is not read): README.md.
`

const STOP_MS = 15_000

const main = async (): Promise<void> => {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    process.stdout.write(HELP)
    return
  }
  process.umask(0o077)
  const { env } = process
  const [unknown] = process.argv.slice(2)
  if (unknown !== undefined) throw new UsageProblem(`there is no option ${unknown}; --help lists the settings`)
  const demonstration = demonstrationOf(env.SANDBOX_DEMO)
  const controlPort = portOf("SANDBOX_CONTROL_PORT")
  const kept = env.DATA_DIR || undefined
  const dataDirectory = kept ?? mkdtempSync(join(tmpdir(), "bitacora-sandbox-"))
  if (kept === undefined) process.once("exit", () => rmSync(dataDirectory, { recursive: true, force: true }))
  const network = await startNetwork({
    controlPort,
    ...(kept === undefined ? {} : { stateDir: join(kept, "network") })
  }).catch(sayWhy)
  const gateway = await gatewayOn(network, dataDirectory).catch(async (failure: unknown) => {
    await network.stop()
    throw failure
  })
  const stop = async () => {
    await gateway.stop()
    await network.stop()
  }
  stopOnSignal(stop, { timeoutMs: STOP_MS })

  say(`gateway   ${gateway.url}`)
  say(`network   ${network.controlUrl}   (control API: phones, contacts, faults)`)
  if (gateway.operatorKey.made !== undefined) say(`operator  X-API-Key: ${gateway.operatorKey.made}`)
  say("")
  await demonstration?.({ gatewayUrl: gateway.url, controlUrl: network.controlUrl, say })
  say(`dashboard ${gateway.url}/   ${howToSignIn(demonstration)}; a phone beside the page links your devices`)
  say("Serving. Ctrl-C ends it.")
}

const demonstrationOf = (given = ""): typeof demonstrate | undefined => {
  if (given === "off") return undefined
  if (given === "link") return demonstrateLinks
  if (given !== "") throw new UsageProblem(`SANDBOX_DEMO: must be link or off, not ${given}`)
  return demonstrate
}

const howToSignIn = (demonstration: typeof demonstrate | undefined): string =>
  demonstration === demonstrate
    ? `sign in with ${PHONE} and ${PASSWORD}, or register another number`
    : "register any number"

const gatewayOn = async (
  { url, rootKey, caFile, controlUrl, versionUrl }: Network,
  dataDirectory: string
): Promise<Gateway> => {
  const network = {
    SANDBOX: "1",
    WA_URL: url,
    WA_ROOT_KEY: rootKey,
    WA_CA_FILE: caFile,
    WA_CONTROL_URL: controlUrl,
    WA_VERSION_URL: versionUrl
  }
  const env = { LOG_LEVEL: "warn", ...process.env, DATA_DIR: dataDirectory, ...network }
  const settings = await Effect.runPromise(readSettings(env))
  return startGateway(settings, version, pino({ level: settings.logLevel }, pino.destination(2)))
}

/** The network's errors, such as a port in use, are sentences for the user of the command. */
const sayWhy = (failure: unknown): never => {
  throw new UsageProblem(failure instanceof Error ? failure.message : String(failure))
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
