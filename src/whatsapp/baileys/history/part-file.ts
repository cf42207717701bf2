/** Fetches a part of the history as the phone provides it: deflated, in its announcement or on WhatsApp's media servers. */
import { promisify } from "node:util"
import { inflate } from "node:zlib"
import { Effect } from "effect"
import type { Download, RemoteFile } from "../receiving/download.ts"
import type { Announcement } from "./announcement.ts"

export type FetchFile = (file: RemoteFile) => Effect.Effect<Download, { readonly _tag: string }>

/** Far more than a phone puts into one part; a larger part is left out. */
const PART_BYTES_MAX = 256 * 1024 * 1024

const inflated = promisify(inflate)

/** Rejects with what `fetchFile` fails with, or when the file cannot be inflated. */
export const fetchPart = async (announcement: Announcement, fetchFile: FetchFile): Promise<Uint8Array> => {
  const { initialHistBootstrapInlinePayload: inline } = announcement
  const deflated = inline?.length ? inline : await whole(await Effect.runPromise(fetchFile(fileOf(announcement))))
  return inflated(deflated, { maxOutputLength: PART_BYTES_MAX })
}

const fileOf = ({ directPath, mediaKey }: Announcement): RemoteFile => ({
  kind: "md-msg-hist",
  remote: {
    directPath: directPath || null,
    url: null,
    mediaKey: mediaKey?.length ? Buffer.from(mediaKey).toString("base64") : null
  }
})

const whole = async (pieces: Download): Promise<Buffer> => {
  const all: Uint8Array[] = []
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > PART_BYTES_MAX) throw new Error("the part is too long")
    all.push(piece)
  }
  return Buffer.concat(all)
}
