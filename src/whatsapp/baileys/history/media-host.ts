/** Where the files of a network on loopback lie: an announcement of a part of the history says no host, as WhatsApp's is known. */
import type { WASocket } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { NoAnswer } from "../../whatsapp.ts"
import type { FetchFile } from "./part-file.ts"

/** The same, with the host that the network names. */
export const withMediaHost =
  (socket: WASocket, fetchFile: FetchFile): FetchFile =>
  (file) =>
    Effect.tryPromise({
      try: () => socket.refreshMediaConn(false),
      catch: () => new NoAnswer({ asked: "where its files are" })
    }).pipe(
      Effect.flatMap(({ hosts }) =>
        fetchFile({ ...file, remote: { ...file.remote, url: `https://${hosts[0]?.hostname ?? ""}` } })
      )
    )
