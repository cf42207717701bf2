/**
 * Runs a network as a process of its own: `npm run sandbox:network`. It prints its addresses as one JSON line on stdout,
 * and logs to stderr. SIGTERM and SIGINT stop it.
 */
import { type NetworkOptions } from "./settings.ts"
import { startNetwork } from "./start-network.ts"

const HELP = `A WhatsApp network on loopback. Prints one JSON line {"url","rootKey","caFile","controlUrl","versionUrl"} on stdout.

  SANDBOX_PORT           port of the WebSocket server (default 0: the last port of the state folder, else a free one)
  SANDBOX_CONTROL_PORT   port of the control API      (default 0: likewise)
  SANDBOX_MEDIA_PORT     port of the media server     (default 0: likewise)
  SANDBOX_STATE_DIR      folder for the state; the next run with it continues (default: the state ends with the process)
  SANDBOX_SEED           seed of the jitter (default 1)
  SANDBOX_PREKEY_COUNT   one-time prekeys that the server reports for every device; from 6 on, clients upload none
                         (default: the true count; then each client uploads 812 at its first login)
`

/** Reads the settings from the environment. Throws when one is invalid. */
function readEnvironment(environment: NodeJS.ProcessEnv): NetworkOptions {
  const number = (name: string, max: number): number | undefined => {
    const text = environment[name]
    if (text === undefined || text === "") return undefined
    const value = Number(text)
    if (!/^\d+$/.test(text) || value > max)
      throw new Error(`${name} must be a whole number from 0 to ${max}, not "${text}"`)
    return value
  }
  const stateDir = environment["SANDBOX_STATE_DIR"]
  const options = {
    port: number("SANDBOX_PORT", 65_535),
    controlPort: number("SANDBOX_CONTROL_PORT", 65_535),
    mediaPort: number("SANDBOX_MEDIA_PORT", 65_535),
    seed: number("SANDBOX_SEED", 4_294_967_295),
    prekeyCount: number("SANDBOX_PREKEY_COUNT", 65_535),
    stateDir: stateDir === "" ? undefined : stateDir
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

async function main(): Promise<void> {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    process.stdout.write(HELP)
    return
  }
  const [unknown] = process.argv.slice(2)
  if (unknown !== undefined)
    throw new Error(`unknown argument ${unknown}; settings are read from the environment, --help lists them`)
  const network = await startNetwork(readEnvironment(process.env))
  const { url, rootKey, caFile, controlUrl, versionUrl } = network
  process.stdout.write(`${JSON.stringify({ url, rootKey, caFile, controlUrl, versionUrl })}\n`)
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      network.stop().then(
        () => process.exit(0),
        (error: unknown) => fail(error)
      )
    })
  }
}

function fail(error: unknown): void {
  process.stderr.write(`sandbox: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

main().catch((error: unknown) => fail(error))
