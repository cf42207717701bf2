/**
 * Serves a feed as Server-Sent Events. `id` is the event's position, which clients send back as `Last-Event-ID`. Comments keep the
 * connection open through proxies, and carry the position as well: a client whose filter matches nothing continues from there.
 */
import type { ServerResponse } from "node:http"
import { Effect } from "effect"
import { type Feed, type FeedServices, type FeedWriter, lingerMs, serveFeed } from "./feed.ts"

const BEAT_MS = 15_000
/** How long a client waits before it connects again. */
const RETRY_MS = 3_000

/** Begins the response, and runs until it has ended. The frames are texts without line breaks, such as JSON. */
export const serveEventStream = <R>(
  response: ServerResponse,
  feed: Omit<Feed<string, R>, "writer">
): Effect.Effect<void, never, FeedServices | R> =>
  Effect.suspend(() => {
    // An error of the client's connection is not a failure of the gateway.
    response.on("error", () => response.destroy())
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Some proxies would otherwise collect the events before they pass them on.
      "x-accel-buffering": "no"
    })
    if (response.req.method === "HEAD") {
      response.end()
      return Effect.void
    }
    response.write(`retry: ${RETRY_MS}\n\n`)
    return serveFeed({ ...feed, writer: eventStreamWriter(response) })
  })

const eventStreamWriter = (response: ServerResponse): FeedWriter<string> => ({
  bufferedBytes: () => response.writableLength,
  send: (data, position) => response.write(`${position === undefined ? "" : `id: ${position}\n`}data: ${data}\n\n`),
  heartbeat: { everyMs: BEAT_MS, send: (position) => response.write(`:\nid: ${position}\n\n`) },
  end: (ending, position) => {
    response.end(`event: end\nid: ${position}\ndata: ${JSON.stringify({ ...ending, position })}\n\n`)
    setTimeout(() => response.destroy(), lingerMs(ending.code)).unref()
  },
  left: Effect.callback<void>((resume) => {
    const done = () => resume(Effect.void)
    response.once("close", done)
    if (response.destroyed) done()
  })
})
