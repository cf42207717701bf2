/**
 * One MariaDB server for a whole test run, started when the first test needs it: Vitest's globalSetup.
 *
 * Test files run in processes of their own; they request its port over loopback (mariadb.ts).
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { TestProject } from "vitest/node"
import { MariadbServer } from "./mariadb-server.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** Responds with the server's port. */
    mariadbAt: string
  }
}

export default async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  let server: Promise<MariadbServer> | undefined
  const desk = createServer((_request, response) => {
    server ??= MariadbServer.start()
    server.then(
      ({ port }) => response.end(String(port)),
      (failure: unknown) => response.writeHead(500).end(String(failure))
    )
  })
  await new Promise<void>((resolve) => desk.listen(0, "127.0.0.1", resolve))
  provide("mariadbAt", `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)
  return async () => {
    desk.close()
    await (await server)?.[Symbol.asyncDispose]()
  }
}
