/** A gateway that fetches files on arrival and is killed again and again while they come. */
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"
import { until } from "../support/until.ts"

const KILLS = times(3, 25)
const FILES_OF_EACH = 8
const BYTES = 300_000
const ME = "51911000061"
const CONTACT = "51922000061"

let network: Network
let directory: string
let gateway: GatewayProcess
let token: string

const start = () =>
  GatewayProcess.start({
    DATA_DIR: directory,
    ...onNetwork(network),
    RETRY_FIRST_MS: "50",
    MEDIA_DOWNLOAD: "on_arrival",
    MEDIA_FREE_MIN: "0"
  })

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 400, log: () => {} })
  directory = mkdtempSync(join(tmpdir(), "bitacora-arriving-"))
  gateway = await start()
  const phone = network.addPhone(ME)
  network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.link(token, ME, (qr) => phone.scanQr(qr))
})
afterAll(async () => {
  await gateway.end("SIGTERM")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")

it(
  "[IN-4] no file is lost, and none is kept incomplete",
  async () => {
    const sent = new Set<string>()
    const folder = join(directory, "media")
    for (let kill = 0; kill < KILLS; kill++) {
      const sending = Array.from({ length: FILES_OF_EACH }, (_, n) => {
        const media = Buffer.alloc(BYTES, `${kill}/${n}`)
        sent.add(sha256(media))
        return network.contact(CONTACT).send(ME, { media, mimetype: "text/plain", filename: "a.txt" })
      })
      await Promise.all(sending)
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
      await gateway.end("SIGKILL")
      gateway = await start()
      await gateway.untilAllConnected(1, { token })
    }
    const complete = () => readdirSync(folder).filter((name) => !name.endsWith(".part"))
    await until(() => complete().length >= sent.size, "all files", 30_000)
    expect(new Set(readdirSync(folder).map((name) => sha256(readFileSync(join(folder, name)))))).toEqual(sent)
  },
  60_000 + KILLS * 10_000
)
