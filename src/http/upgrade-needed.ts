/** For routes that are a WebSocket and nothing else. */
import { Schema } from "effect"

/** Rejection: the path is a WebSocket, and the request is no upgrade. */
export class UpgradeNeeded extends Schema.TaggedError<UpgradeNeeded>()("UpgradeNeeded", {}) {
  override get message(): string {
    return "this path is a WebSocket; connect with the header Upgrade: websocket"
  }
}
