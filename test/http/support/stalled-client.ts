/** Clients of each live feed that ask for the whole log and then read nothing until they are told to. */
import { Agent, get, type IncomingMessage } from "node:http"
import { once } from "node:events"
import { WebSocket } from "ws"
import { openFeed, LiveFeed } from "./event-stream.ts"

export interface StalledClient {
  /** Reads on. Resolves with the last event, once the gateway has ended the feed. */
  readonly wake: () => Promise<string>
  readonly leave: () => void
}

export type Stall = (url: string, token: string) => Promise<StalledClient>

const endOf = (socket: WebSocket, last: () => string): StalledClient => ({
  wake: async () => {
    if (socket.readyState === WebSocket.CLOSED) return "cut off"
    const closed = once(socket, "close") as Promise<[number, Buffer]>
    socket.resume()
    const [code, reason] = await closed
    return last() || `${code} ${reason.toString()}`
  },
  leave: () => socket.terminate()
})

export const overWebSocket: Stall = async (url, token) => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/v1/stream?after=0`, {
    headers: { authorization: `Bearer ${token}` }
  })
  socket.on("error", () => {})
  await once(socket, "open")
  socket.pause()
  return endOf(socket, () => "")
}

export const asEventStream: Stall = async (url, token) => {
  const feed = await openFeed(`${url}/v1/events/live?after=0`, { token })
  if (!(feed instanceof LiveFeed)) throw new Error(`refused: ${JSON.stringify(feed)}`)
  feed.pause()
  return {
    wake: async () => {
      feed.resume()
      return JSON.stringify((await feed.ended) ?? "cut off")
    },
    leave: () => void feed.leave()
  }
}

const CONNECTED = "40"

/** Speaks the protocol itself: a Socket.IO client always reads. */
export const overSocketIo: Stall = async (url, token) => {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`)
  let fin = ""
  socket.on("error", () => {})
  await once(socket, "message")
  socket.send(CONNECTED + JSON.stringify({ token, after: 0 }))
  await once(socket, "message")
  socket.pause()
  socket.on("message", (data: Buffer) => {
    const text = data.toString()
    if (text.startsWith('42["fin"')) fin = text
  })
  return endOf(socket, () => fin)
}

/** The same without a WebSocket: it does not read the response to its poll. */
export const byPolling: Stall = async (url, token) => {
  const path = `${url}/socket.io/?EIO=4&transport=polling`
  const { sid } = JSON.parse((await (await fetch(path)).text()).slice(1)) as { sid: string }
  await fetch(`${path}&sid=${sid}`, { method: "POST", body: CONNECTED + JSON.stringify({ token, after: 0 }) })
  const agent = new Agent()
  const poll = async (): Promise<IncomingMessage> => {
    const [response] = (await once(get(`${path}&sid=${sid}`, { agent }), "response")) as [IncomingMessage]
    return response
  }
  const unread = await poll()
  unread.pause()
  const textOf = async (response: IncomingMessage): Promise<string> => {
    let text = ""
    for await (const chunk of response.setEncoding("utf8")) text += String(chunk)
    return text
  }
  return {
    wake: async () => {
      for (let response = unread; ; response = await poll()) {
        const packet = (await textOf(response)).split("\x1e").findLast((each) => each.startsWith('42["fin"'))
        if (packet !== undefined) return packet
        if (response.statusCode !== 200) return `status ${response.statusCode}`
      }
    },
    leave: () => agent.destroy()
  }
}
