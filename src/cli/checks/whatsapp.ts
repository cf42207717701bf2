/** Checks that WhatsApp can be reached: opens a TLS connection and closes it. Sends nothing. */
import { readFileSync } from "node:fs"
import { connect as connectTcp, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { Network } from "../../config.ts"
import { WHATSAPP_URL } from "../../whatsapp/address.ts"
import { type Finding, messageOf, ok, warn } from "./finding.ts"

const LIMIT_MS = 5_000

/** Never fails: a gateway starts without WhatsApp and connects when it is reachable. */
export const checkWhatsApp = async (network: Network | undefined): Promise<Finding> => {
  const check = "WhatsApp"
  const { protocol, hostname, port } = new URL(network?.url ?? WHATSAPP_URL)
  const isTls = protocol === "wss:"
  const address = { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) || (isTls ? 443 : 80) }
  const where = `${address.host}:${address.port}`
  const start = performance.now()
  try {
    await answered(() => {
      if (!isTls) return connectTcp(address)
      const ca = network?.caFile === undefined ? {} : { ca: readFileSync(network.caFile) }
      // Certificates are issued for names, so an address gets no servername.
      return connectTls({ ...address, ...ca, ...(isIP(address.host) === 0 ? { servername: address.host } : {}) })
    }, isTls)
    return ok(check, `${where} responds in ${Math.round(performance.now() - start)} ms`)
  } catch (failure) {
    const advice =
      "check network, DNS and firewall: outgoing TCP to this address is needed. Until then devices stay in RECONNECTING"
    return warn(check, `${where} cannot be reached: ${messageOf(failure)}`, advice)
  }
}

const answered = (open: () => Socket, isTls: boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = open()
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no response within ${LIMIT_MS} ms`)))
    socket.once("error", reject)
    socket.once(isTls ? "secureConnect" : "connect", () => {
      socket.destroy()
      resolve()
    })
  })
