/**
 * Queries for the media server (xmlns w:m): its host and the token that uploads must carry.
 */
import type { MediaServer } from "../media/server.ts"
import type { Settings } from "../settings.ts"
import { element } from "../wire/stanza.ts"
import type { IqRegistry } from "./registry.ts"

/** Registers the handler of w:m. The media server must be listening. */
export function registerMediaQueries(registry: IqRegistry, media: MediaServer, settings: Settings): void {
  registry.on("w:m", ({ answer }) => {
    const host = element("host", { hostname: media.host, maxContentLengthBytes: String(settings.uploadBytesMax) })
    answer([element("media_conn", { auth: media.auth, ttl: "300", auth_ttl: "21600", max_buckets: "12" }, [host])])
    return true
  })
}
