/** Names in the examples of routes. The test that sends the examples replaces them with real ones. */
export const EXAMPLE = {
  /** A user's number, and the device of that number. */
  number: "51948907640",
  device: "dev_01jdjr3v6yq1w2e3r4t5y6u7k8",
  password: "una-clave-larga",
  contact: "51999999999",
  /** A group that both of them are in. */
  group: "120363025246125486@g.us",
  /** Another person, whom no other example needs. */
  other: "51999999998",
  /** A group that the user administers, and a community. */
  managedGroup: "120363025246125487@g.us",
  community: "120363025246125488@g.us",
  /** The invitation of a group that the user is not in. */
  inviteCode: "Kx7Qw2Jm9Rt4Yb6Nz1Lp3A",
  /** An order that a customer sent, and its token. */
  order: "7300000000001",
  orderToken: "cGVkaWRvIGRlbCBlamVtcGxv",
  /** A poll in the chat with the contact. */
  poll: "3EB0A1B2C3D4E5F6071829",
  /** A channel of the user, one that the user gives away, a channel of the contact, and its invitation. */
  channel: "120363025246125489@newsletter",
  givenChannel: "120363025246125491@newsletter",
  followedChannel: "120363025246125490@newsletter",
  channelInvite: "0029VaA1B2C3D4E5F6G7H8I9J0",
  /** A call that rings. */
  call: "C0FFEE0123456789C0FFEE0123456789",
  /** A picture of one pixel. */
  picture: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==",
  /** The device of a phone that a passkey protects, which waits for it, and the passkey's answer. */
  protectedNumber: "51933333331",
  credential: "cGFzc2tleSBvZiB0aGUgZXhhbXBsZQ",
  clientData: "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
  authenticatorData: "YXV0aGVudGljYXRvciBkYXRh",
  signature: "c2lnbmF0dXJl",
  /** A device that is not linked, and one that waits to be linked with a hosted link: its ticket, and the session of the browser. */
  linkableNumber: "51933333332",
  hostedNumber: "51933333333",
  linkTicket: "dGlja2V0IG9mIHRoZSBleGFtcGxlIDEy",
  linkSession: "c2Vzc2lvbiBvZiB0aGUgZXhhbXBsZSAx",
  /** A message that the user sent. */
  message: "3EB0C767D26A1D8D0E5A92",
  /** A message that the user received, with a file. */
  fileMessage: "3EB0F4D1A2B3C4D5E6F708",
  /** A session of the operator that is connected, and one that shows a QR. */
  sessionId: "mi-sesion-01",
  linkableSession: "mi-sesion-02",
  /** Of the connected session: a message that it sent to the contact, a file of the contact, and a group that it administers. */
  sessionMessage: "3EB05D2C1B0A9F8E7D6C5B",
  sessionFile: "3EB0917263544536271809",
  sessionGroup: "120363025246125499@g.us",
  bulk: "blk_01jdjr3v6yq1w2e3r4t5y6u7k8",
  webhook: "whk_01jdjr3v6yq1w2e3r4t5y6u7k8",
  /** A delivery of it: the position of the event. Long, so that no other name contains it. */
  delivery: "480000000012",
  /** A webhook with the test receiver, and a request that arrived there. */
  receiverWebhook: "whk_01jdjr3v6yq1w2e3r4t5y6u7k9",
  received: "req_01jdjr3v6yq1w2e3r4t5y6u7k8",
  token: "tok_01jdjr3v6yq1w2e3r4t5y6u7k8"
} as const
