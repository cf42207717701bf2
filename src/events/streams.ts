/** The names of streams. */

export const deviceStream = (deviceId: string): string => `device/${deviceId}`
export const messageStream = (deviceId: string): string => `messages/${deviceId}`
/** What the device's account knows of people, chats and groups. */
export const rosterStream = (deviceId: string): string => `roster/${deviceId}`
/** What clients had its account do at WhatsApp. */
export const operationStream = (deviceId: string): string => `operations/${deviceId}`
/** The bulk sends of the device. */
export const bulkStream = (deviceId: string): string => `bulk/${deviceId}`
export const erasureStream = (deviceId: string): string => `erasures/${deviceId}`
export const userStream = (userId: string): string => `user/${userId}`
/** The stream of the operator's own tokens. */
export const OPERATOR_STREAM = "operator"
/** What became of one webhook endpoint. */
export const webhookStream = (webhookId: string): string => `webhook/${webhookId}`
export const RETENTION_STREAM = "retention"
export const CLOCK_STREAM = "clock"

/** All streams of one device, which its owner can verify alone. */
export const streamsOf = (deviceId: string): readonly string[] => [
  deviceStream(deviceId),
  messageStream(deviceId),
  rosterStream(deviceId),
  operationStream(deviceId),
  bulkStream(deviceId),
  erasureStream(deviceId)
]
