/**
 * Files of received messages: fetched from WhatsApp's media servers and decrypted while they come. Keeps SEC-3.
 *
 * A message says where its file is, and its sender may have written anything there. So only the path is used, the host is WhatsApp's
 * own, redirects are errors, and the file is valid only when its MAC is right. Encryption and MAC are as in Baileys' messages-media.js,
 * which checks no MAC and uses the message's host.
 */
import { createDecipheriv, createHmac, timingSafeEqual } from "node:crypto"
import { getMediaKeys, type MediaType } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { MediaGone, MediaUnusable, NoAnswer } from "../../whatsapp.ts"

const WHATSAPP_HOST = "mmg.whatsapp.net"
const ORIGIN = "https://web.whatsapp.com"
const MAC_BYTES = 10
const DOWNLOAD_MAX_MS = 120_000

export type Download = AsyncIterable<Uint8Array, void>

/** A file on WhatsApp's media servers, as its message describes it. The key is in base64. */
export interface RemoteFile {
  readonly kind: MediaType
  readonly remote: {
    readonly directPath: string | null
    readonly url: string | null
    readonly mediaKey: string | null
  }
}

/** `ownNetwork`: the gateway talks to a network on loopback, and fetches a file from the loopback address in its message. */
export const download = (
  media: RemoteFile,
  ownNetwork: boolean
): Effect.Effect<Download, MediaGone | MediaUnusable | NoAnswer> =>
  Effect.gen(function* () {
    const url = urlOf(media, ownNetwork)
    const { mediaKey } = media.remote
    if (url === undefined || mediaKey === null)
      return yield* new MediaUnusable({ reason: "its message has no valid address and key" })
    const answer = yield* Effect.tryPromise({
      try: (signal) =>
        fetch(url, {
          redirect: "error",
          headers: { origin: ORIGIN },
          signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_MAX_MS)])
        }),
      catch: () => new NoAnswer({ asked: "for a file" })
    })
    if (!answer.ok || answer.body === null) {
      yield* Effect.promise(async () => answer.body?.cancel())
      return yield* isGone(answer.status) ? new MediaGone() : new NoAnswer({ asked: `for a file (${answer.status})` })
    }
    const keys = yield* Effect.promise(() => getMediaKeys(Buffer.from(mediaKey, "base64"), media.kind))
    return decrypted(answer.body, keys)
  })

/** WhatsApp deletes files after some weeks. It answers 403 when the token in the path is too old. */
const isGone = (status: number): boolean => status === 404 || status === 410 || status === 403

const urlOf = ({ remote }: RemoteFile, ownNetwork: boolean): URL | undefined => {
  const { directPath, url } = remote
  if (directPath === null || !directPath.startsWith("/") || directPath.startsWith("//")) return undefined
  if (!ownNetwork) return new URL(`https://${WHATSAPP_HOST}${directPath}`)
  const host = url === null || !URL.canParse(url) ? undefined : new URL(url)
  return host && isLoopback(host.hostname) ? new URL(`https://${host.host}${directPath}`) : undefined
}

const isLoopback = (hostname: string): boolean => /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)

type Keys = Awaited<ReturnType<typeof getMediaKeys>>

/** The plaintext. Its last block comes only when the MAC is right. */
async function* decrypted(body: AsyncIterable<Uint8Array>, { cipherKey, iv, macKey }: Keys): Download {
  const aes = createDecipheriv("aes-256-cbc", cipherKey, iv)
  const hmac = createHmac("sha256", macKey ?? Buffer.alloc(0)).update(iv)
  // The last bytes so far, which may be the MAC. Only these are copied: a file may have 100 MB.
  let held = Buffer.alloc(0)
  try {
    for await (const chunk of body) {
      const isLong = chunk.length >= MAC_BYTES
      const all = isLong ? held : Buffer.concat([held, chunk])
      const ciphertexts = isLong
        ? [held, chunk.subarray(0, -MAC_BYTES)]
        : [all.subarray(0, Math.max(0, all.length - MAC_BYTES))]
      held = Buffer.from(isLong ? chunk.subarray(-MAC_BYTES) : all.subarray(ciphertexts[0]?.length))
      for (const ciphertext of ciphertexts) {
        hmac.update(ciphertext)
        yield aes.update(ciphertext)
      }
    }
  } catch {
    throw new NoAnswer({ asked: "for a file (it ended early)" })
  }
  if (held.length < MAC_BYTES) throw new MediaUnusable({ reason: "it is too short" })
  if (!timingSafeEqual(hmac.digest().subarray(0, MAC_BYTES), held)) {
    throw new MediaUnusable({ reason: "its MAC is wrong" })
  }
  try {
    yield aes.final()
  } catch {
    throw new MediaUnusable({ reason: "its padding is wrong" })
  }
}
