/** Pictures of accounts and groups, as WhatsApp wants them: a square JPEG. */
import { join } from "node:path"
import { S_WHATSAPP_NET, type WASocket } from "@whiskeysockets/baileys"
import { Effect, Semaphore } from "effect"
import type { MediaFile } from "../../../events/content.ts"
import { inTime, openPicture, toConvert, WHITE } from "../../client-picture.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import type { OperationContext } from "./handler.ts"

const SIDE = 640
const QUALITY = 80

/** A picture may take hundreds of MB while it is decoded. */
const oneAtATime = Semaphore.makeUnsafe(1)

/** Its middle, where it is no square. Rejects with OperationUnfit when the file is no picture. */
export const profilePicture = (
  { mediaDirectory }: Pick<OperationContext, "mediaDirectory">,
  { sha256 }: MediaFile
): Promise<Buffer> => {
  const square = openPicture(join(mediaDirectory, sha256), toConvert).autoOrient().resize(SIDE, SIDE, { fit: "cover" })
  const jpeg = Effect.tryPromise({
    try: () => inTime(square.flatten(WHITE)).jpeg({ quality: QUALITY }).toBuffer(),
    catch: () => new OperationUnfit({ field: "picture", reason: "is not a picture that can be read" })
  })
  return Effect.runPromise(oneAtATime.withPermits(1)(jpeg))
}

/** Of a group, or of the account itself; undefined removes it. */
export const setPicture = async (
  socket: WASocket,
  group: string | undefined,
  jpeg: Buffer | undefined
): Promise<void> => {
  const target = group === undefined ? {} : { target: group }
  await socket.query({
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "set", xmlns: "w:profile:picture", ...target },
    ...(jpeg === undefined ? {} : { content: [{ tag: "picture", attrs: { type: "image" }, content: jpeg }] })
  })
}
