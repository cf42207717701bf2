/** The tables as Kysely sees them. The migrations document their columns. Numbers that are times are epoch milliseconds. */

export interface Tables {
  event_log: EventLogTable
  event_payload: EventPayloadTable
  log_head: LogHeadTable
  log_start: { id: number; position: number; hash: Uint8Array; recorded_at: number }
  stream_start: { stream: string; version: number; hash: Uint8Array; position: number; state: string | null }
  id_sequence: { name: string; value: number }
  snapshot: { stream: string; machine_version: number; version: number; state: string }
  projection: { name: string; version: number }
  store_setting: { name: string; value: string }
  user_account: UserAccountTable
  access_token: AccessTokenTable
  device: DeviceTable
  message: MessageTable
  message_receipt: MessageReceiptTable
  message_mark: MessageMarkTable
  message_refusal: { device: number; message_id: string; refused_at: number; cause: string | null }
  message_text: MessageTextTable
  event_subject: { subject: string; device: number; position: number }
  outbox: OutboxTable
  media_reference: { file_name: string; position: number }
  erased_message: { device: number; message_id: string }
  roster_contact: RosterContactTable
  roster_chat: RosterChatTable
  roster_chat_fact: RosterChatFactTable
  roster_message: RosterMessageTable
  roster_group: RosterGroupTable
  roster_member: RosterMemberTable
  roster_label: RosterLabelTable
  roster_labelled: RosterLabelledTable
  roster_mark: RosterMarkTable
  roster_call: { device: number; call_id: string; ended: number; position: number }
  subscription: SubscriptionTable
  webhook: WebhookTable
  webhook_delivered: { webhook_id: string; first_position: number; last_position: number; deliveries: string }
  webhook_delivery: WebhookDeliveryTable
  bulk_send: BulkSendTable
  bulk_item: BulkItemTable
  webhook_answer: { position: number; webhook_id: string; answers: string }
  auth_state: AuthStateTable
  command_log: CommandLogTable
}

export interface LogHeadTable {
  id: number
  position: number
  hash: Uint8Array
  recorded_at: number
  mark: Uint8Array | null
  owner: Uint8Array | null
}

export interface EventLogTable {
  position: number
  stream: string
  version: number
  device: number | null
  type: string
  envelope_version: number
  schema_version: number
  from_state: string | null
  to_state: string | null
  payload_hash: Uint8Array
  who: string
  command_id: string | null
  causation: string | null
  correlation: string | null
  recorded_at: number
  stream_previous_hash: Uint8Array
  hash: Uint8Array
}

/** `salt` and `text` are both null after an erasure. */
export interface EventPayloadTable {
  position: number
  salt: Uint8Array | null
  text: string | null
}

export interface UserAccountTable {
  number_id: number
  user_id: string
  number: string
  password_hash: string
  registered_at: number
}

/** `user_id` is `operator` for the operator's tokens. `scopes` and `devices` are JSON; null `devices` stands for all. */
export interface AccessTokenTable {
  token_id: string
  user_id: string
  token_hash: Uint8Array
  issued_at: number
  name: string | null
  scopes: string | null
  devices: string | null
  expires_at: number | null
  last_used_at: number | null
}

/** Projection: what is known of a device without its actor. `owner` 0 is the operator. */
export interface DeviceTable {
  number_id: number
  device_id: string
  owner: number
  number: string | null
  session_id: string | null
  instance_id: string | null
  name: string | null
  state: string
  wanted: number
  paired: number
  ever_connected: number
  jid: string | null
  lid: string | null
  sync_percent: number | null
  reason: string | null
  user_action: string | null
  registered_at: number
  connected_at: number | null
  disconnected_at: number | null
  position: number
}

/** Projection: one row for each message. `position` is the event that holds the content. */
export interface MessageTable {
  device: number
  message_id: string
  chat: string
  sender: string
  from_me: number
  kind: string
  status: string
  failure_code: string | null
  failure_text: string | null
  created_at: number
  sent_at: number | null
  delivered_at: number | null
  read_at: number | null
  played_at: number | null
  failed_at: number | null
  edited_at: number | null
  revoked_at: number | null
  position: number
}

/** Projection: the receipts of each member of a group. */
export interface MessageReceiptTable {
  device: number
  message_id: string
  participant: string
  receipt: string
  recorded_at: number
}

/** Projection: edits and deletions, by the message that they change. `mark`: `edited` or `revoked`. */
export interface MessageMarkTable {
  device: number
  message_id: string
  mark: string
  position: number
  chat: string
  from_me: number
  sender: string
  recorded_at: number
}

/** Projection: the words of messages, for searches. `message_id`: the message that has the text, which an edit names. */
export interface MessageTextTable {
  device: number
  chat: string
  sent_at: number
  position: number
  place: number
  message_id: string
  sender: string
  from_me: number
  kind: string
  words: string
}

/** Projection: messages that were accepted and neither acknowledged nor failed. */
export interface OutboxTable {
  device: number
  message_id: string
  position: number
  expires_at: number
}

/** Of a fact of the roster: which entry of which event, and its order among those about the same. */
interface Fact {
  device: number
  position: number
  place: number
  as_of: number
}

/** Projection: what events said of contacts. Null: nothing; an empty text takes back. */
export interface RosterContactTable extends Fact {
  contact: string
  number: string | null
  name: string | null
  push_name: string | null
  verified_name: string | null
  username: string | null
  blocked: number | null
}

/** Projection: one row a chat. `listing`: 0 not listed, 1 listed, 2 in the archive. */
export interface RosterChatTable {
  device: number
  chat: string
  listing: number
  active_at: number
  unread: number
  read_at: number
  deleted_at: number
  archived: number
}

/** Projection: what events said of chats. Null: nothing; 0 and an empty text take back. */
export interface RosterChatFactTable extends Fact {
  chat: string
  other: string | null
  name: string | null
  last_message_at: number | null
  unread: number | null
  unread_at: number | null
  marked_unread: number | null
  archived: number | null
  pinned_at: number | null
  muted_until: number | null
  read_only: number | null
  locked: number | null
  disappearing_s: number | null
  deleted_at: number | null
  cleared_at: number | null
}

/** Projection: messages by chat and time. */
export interface RosterMessageTable {
  device: number
  chat: string
  sent_at: number
  position: number
  place: number
  message_id: string
  sender: string
  from_me: number
  counted: number
  kind: string
  preview: string | null
}

/** Projection: what events said of groups. */
export interface RosterGroupTable extends Fact {
  group_id: string
  subject: string | null
  description: string | null
  owner_lid: string | null
  owner_number: string | null
  created_at: number | null
  announcement: number | null
  locked: number | null
  join_approval: number | null
  members_add: number | null
  disappearing_s: number | null
  community: string | null
  is_member: number | null
}

/** Projection: what events said of members. `member_rank` empty: no longer one. */
export interface RosterMemberTable extends Fact {
  group_id: string
  member: string
  number: string | null
  member_rank: string
}

/** Projection: what events said of labels. */
export interface RosterLabelTable {
  device: number
  label: string
  position: number
  name: string | null
  color: number | null
  deleted: number
}

/** Projection: which chats and messages have which label. `message_id` empty: the chat itself. */
export interface RosterLabelledTable {
  device: number
  chat: string
  message_id: string
  label: string
  position: number
  as_of: number
  assigned: number
}

/** Projection: stars of messages, and messages that are hidden. */
export interface RosterMarkTable extends Omit<Fact, "place"> {
  message_id: string
  mark: string
  chat: string
  other: string | null
  from_me: number
  marked: number
}

/** Mutable, not in the log: the checkpoint of a subscription, and when it last moved. */
export interface SubscriptionTable {
  name: string
  position: number
  advanced_at: number
}

/** Mutable, not in the log: webhook endpoints. `secrets` and `headers` are encrypted JSON; `devices` and `types` are JSON. */
export interface WebhookTable {
  webhook_id: string
  owner: number
  slot: string | null
  url: string
  format: string
  devices: string | null
  types: string | null
  secrets: Uint8Array
  headers: Uint8Array
  trusted: number
  enabled: number
  disabled_reason: string | null
  disabled_at: number | null
  failing_since: number | null
  replay_to: number | null
  replay_undelivered: number
  created_at: number
}

/** Mutable, not in the log: what became of an event at an endpoint. `history` is JSON, with an entry per attempt; so is `answers` of `webhook_answer`. */
export interface WebhookDeliveryTable {
  webhook_id: string
  position: number
  status: string
  attempts: number
  history: string
  step: number
  first_at: number
  next_at: number | null
  delay_ms: number | null
}

/** Mutable, not in the log: a bulk send. `pacing` is JSON. */
export interface BulkSendTable {
  bulk_id: string
  device: number
  name: string | null
  state: string
  reason: string | null
  pacing: string
  who: string
  starts_at: number
  created_at: number
  resumed_at: number
  ended_at: number | null
}

/** Mutable, not in the log: a message of a bulk send. `content` is JSON; null once it is in the log. `at`: when its turn was. */
export interface BulkItemTable {
  bulk_id: string
  seq: number
  device: number
  recipient: string
  content: string | null
  message_id: string
  status: string
  reason: string | null
  begins_chat: number
  at: number | null
}

/** Mutable, not in the log: encrypted credentials and Signal keys. */
export interface AuthStateTable {
  device: number
  category: string
  key_id: string
  value: Uint8Array
}

/** One row for each idempotency key: which command it belongs to, and what the command created. */
export interface CommandLogTable {
  scope: string
  idempotency_key: string
  fingerprint: Uint8Array
  subject: string
  status: number | null
  recorded_at: number
}
