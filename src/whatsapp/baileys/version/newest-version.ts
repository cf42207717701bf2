/**
 * Reads the newest version of WhatsApp Web from its service worker. Baileys has the same (fetchLatestWaWebVersion), but answers with the
 * version that it was built with when the page cannot be read, so that the two cannot be told apart.
 */

const PATIENCE_MS = 10_000
const BYTES_MAX = 5_000_000
const REVISION = /\\?"client_revision\\?":\s*(\d{6,10})/

/** Without these, WhatsApp answers with another page. */
const HEADERS = {
  "sec-fetch-site": "none",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
}

/** The third part of the version. Rejects when it cannot be read. */
export const fetchNewestRevision = async (url: string): Promise<number> => {
  const response = await fetch(url, { headers: HEADERS, signal: AbortSignal.timeout(PATIENCE_MS) })
  if (!response.ok) throw new Error(`${url} is answered with ${response.status}`)
  let text = ""
  const decoder = new TextDecoder()
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece as Uint8Array, { stream: true })
    const [, revision] = REVISION.exec(text) ?? []
    // The match may go on in the next piece, unless something follows the digits.
    if (revision !== undefined && !text.endsWith(revision)) return Number(revision)
    if (text.length > BYTES_MAX) break
  }
  const [, last] = REVISION.exec(text) ?? []
  if (last !== undefined) return Number(last)
  throw new Error(`${url} names no version`)
}
