/** Checks HOST and PORT: free, or in use by a gateway on this data directory. */
import { once } from "node:events"
import { createServer } from "node:net"
import type { Settings } from "../../config.ts"
import { listenProblem } from "../../gateway.ts"
import { isTaken } from "../../store/data-directory.ts"
import { type Finding, fail, messageOf, ok } from "./finding.ts"

export const checkListening = async (settings: Settings): Promise<Finding> => {
  const check = "address"
  const where = `${settings.host}:${settings.port}`
  const server = createServer()
  try {
    server.listen(settings.port, settings.host)
    await once(server, "listening")
    return ok(check, settings.port === 0 ? `any free port on ${settings.host}` : `${where} is free`)
  } catch (failure) {
    const isInUse = (failure as NodeJS.ErrnoException).code === "EADDRINUSE"
    if (isInUse && isTaken(settings.dataDirectory)) return ok(check, `${where} is in use, and a gateway is running`)
    return fail(check, messageOf(listenProblem(failure, settings)), "set HOST and PORT")
  } finally {
    server.close()
  }
}
