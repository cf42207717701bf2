/** The order of an event's values in the fixed SQL of both dialects. */

export const EVENT_COLUMNS = [
  "position",
  "stream",
  "version",
  "device",
  "type",
  "envelope_version",
  "schema_version",
  "from_state",
  "to_state",
  "payload_hash",
  "who",
  "command_id",
  "causation",
  "correlation",
  "recorded_at",
  "stream_previous_hash",
  "hash"
] as const

export const PAYLOAD_COLUMNS = ["position", "salt", "text"] as const
