/** Calls the gateway that runs on the store, with the operator's key: for commands that cannot write while it runs. */
import { once } from "node:events"
import { type IncomingMessage, request } from "node:http"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { OPERATOR_KEY_FILE } from "../application/operator-key.ts"
import type { Settings } from "../config.ts"
import { httpUrl } from "../host.ts"
import { readKeyFile } from "../store/secrets/key-file.ts"
import { UsageProblem } from "./failure.ts"

export interface GatewayRequest {
  readonly method: "DELETE" | "PUT"
  readonly path: string
  readonly body?: unknown
}

/** Returns the JSON body of the response, or undefined if it has none. Throws UsageProblem if the gateway refuses or cannot be reached. */
export const askGateway = async (settings: Settings, asked: GatewayRequest): Promise<unknown> => {
  const file = join(settings.dataDirectory, OPERATOR_KEY_FILE)
  const key = settings.apiKey ?? readKeyFile(file)
  if (key === undefined) {
    throw new UsageProblem(
      `a gateway runs on this store, and ${file} does not exist; set API_KEY to the gateway's value`
    )
  }
  const gateway = httpUrl(settings.host, settings.port)
  let response: Response
  try {
    response = await send(gateway, key, asked)
  } catch {
    throw new UsageProblem(
      `a gateway runs on this store, but does not respond at ${gateway}; set HOST and PORT to the gateway's values`
    )
  }
  const { status, body } = response
  if (status < 200 || status > 299) throw new UsageProblem(`the gateway refused: ${detailOf(body) ?? status}`)
  return body
}

interface Response {
  readonly status: number
  readonly body: unknown
}

/** Rejects without a complete response. `fetch` would time out after five minutes, and a large erasure takes longer. */
const send = async (gateway: string, key: string, { method, path, body }: GatewayRequest): Promise<Response> => {
  const headers = { "x-api-key": key, ...(body === undefined ? {} : { "content-type": "application/json" }) }
  const asking = request(`${gateway}${path}`, { method, headers })
  asking.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(asking, "response")) as [IncomingMessage]
  const given = await text(response)
  return { status: response.statusCode ?? 0, body: given === "" ? undefined : (JSON.parse(given) as unknown) }
}

const detailOf = (body: unknown): string | undefined => (body as { readonly detail?: string } | undefined)?.detail
