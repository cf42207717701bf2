import { clockTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { connection } from "../../stream/live.ts"
import "./connection-bar.css"

/** A thin bar while the stream is lost: how old the data is. */
export const ConnectionBar = () => (
  <div role="status">
    {connection.value.is === "lost" && (
      <p class="connection-bar">{text("devices.lost", { time: clockTime(connection.value.since) })}</p>
    )}
  </div>
)
