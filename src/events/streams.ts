/** Names of streams. */

export const deviceStream = (deviceId: string): string => `device/${deviceId}`
export const messageStream = (deviceId: string): string => `messages/${deviceId}`
/** What the device's account knows of people, chats and groups. */
export const rosterStream = (deviceId: string): string => `roster/${deviceId}`
export const erasureStream = (deviceId: string): string => `erasures/${deviceId}`
export const userStream = (userId: string): string => `user/${userId}`
/** What concerns the operator's own access. */
export const OPERATOR_STREAM = "operator"
export const RETENTION_STREAM = "retention"

/** All of one device: what its owner can verify alone. */
export const streamsOf = (deviceId: string): readonly string[] => [
  deviceStream(deviceId),
  messageStream(deviceId),
  rosterStream(deviceId),
  erasureStream(deviceId)
]
