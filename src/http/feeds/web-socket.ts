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
    heartbeat: {
      everyMs: PING_MS,
      send: () => {
        if (!isAlive) socket.terminate()
        isAlive = false
        socket.ping()
      }
    },
    end: ({ code, reason }, position) => {
      socket.close(code, JSON.stringify({ reason, position }))
      // The socket itself waits longer for the client's answer.
      if (code === CLOSE.stopping) setTimeout(() => socket.terminate(), lingerMs(code)).unref()
    },
    left: closed(socket)
  }
}

export const closed = (socket: WebSocket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const done = () => resume(Effect.void)
    socket.once("close", done)
    socket.once("error", done)
    if (socket.readyState === socket.CLOSED) done()
  })
