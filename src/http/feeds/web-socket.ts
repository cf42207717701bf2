/** Writes a feed to a WebSocket: each frame is a text. The close reason holds the last position. */
import { Effect } from "effect"
import type { WebSocket } from "ws"
import { CLOSE, type FeedWriter, lingerMs } from "./feed.ts"

const PING_MS = 30_000

export const webSocketWriter = (socket: WebSocket): FeedWriter<string> => {
  let isAlive = true
  socket.on("pong", () => {
    isAlive = true
  })
  return {
    bufferedBytes: () => socket.bufferedAmount,
    send: (text) => socket.send(text),
    beatMs: PING_MS,
    beat: () => {
      if (!isAlive) socket.terminate()
      isAlive = false
      socket.ping()
    },
    end: (ending, position) => {
      const { code, reason } = ending
      socket.close(code, JSON.stringify({ reason, position }))
      // The socket itself waits longer for the client's answer.
      if (code === CLOSE.stopping) setTimeout(() => socket.terminate(), lingerMs(ending)).unref()
    },
    left: Effect.callback<void>((resume) => {
      const done = () => resume(Effect.void)
      socket.once("close", done)
      socket.once("error", done)
      if (socket.readyState === socket.CLOSED) done()
    })
  }
}
