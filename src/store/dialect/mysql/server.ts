/** What a server says of itself, as far as promises depend on it. */
import type { Session } from "./session.ts"

export interface ServerFacts {
  readonly version: string
  /** `innodb_flush_log_at_trx_commit`: 1 syncs at every commit. */
  readonly flush: number
  /** `sync_binlog`; undefined where no binary log is written. */
  readonly syncBinlog: number | undefined
  /** `binlog_format`; undefined where no binary log is written. */
  readonly binlogFormat: string | undefined
  readonly packetBytesMax: number
  /** Epoch milliseconds by the server's clock. */
  readonly now: number
}

/** A text of 65,536 characters, escaped and multiplied by a batch, has to fit. */
const PACKET_BYTES_WANTED = 16_777_216

/** Variables that not every server has. */
const VARIABLES = ["innodb_flush_log_at_trx_commit", "log_bin", "sync_binlog", "binlog_format", "max_allowed_packet"]

export const readServerFacts = async (session: Session): Promise<ServerFacts> => {
  const [row] = await session.query<{ version: string; now: string }>(
    "SELECT VERSION() AS version, UNIX_TIMESTAMP(NOW(3)) * 1000 AS now"
  )
  const variables = await session.query<{ Variable_name: string; Value: string }>(
    `SHOW VARIABLES WHERE Variable_name IN (${VARIABLES.map(() => "?").join(", ")})`,
    VARIABLES
  )
  const valueOf = new Map(variables.map(({ Variable_name: name, Value: value }) => [name, value]))
  const hasBinlog = valueOf.get("log_bin") === "ON"
  return {
    version: row?.version ?? "",
    flush: Number(valueOf.get("innodb_flush_log_at_trx_commit") ?? 1),
    syncBinlog: hasBinlog ? Number(valueOf.get("sync_binlog") ?? 1) : undefined,
    binlogFormat: hasBinlog ? valueOf.get("binlog_format") : undefined,
    packetBytesMax: Number(valueOf.get("max_allowed_packet") ?? PACKET_BYTES_WANTED),
    now: Number(row?.now)
  }
}

/** What an operator should know before trusting the store: a sentence each, with what is lost. */
export const serverWarnings = ({ flush, syncBinlog, packetBytesMax }: ServerFacts): readonly string[] => [
  ...(flush === 1
    ? []
    : [
        `innodb_flush_log_at_trx_commit is ${flush}: when the database's machine loses power, up to a second of what was acknowledged is lost${flush === 0 ? ", and when the database is killed as well" : ""}. Set it to 1`
      ]),
  ...(syncBinlog === undefined || syncBinlog === 1
    ? []
    : [
        `sync_binlog is ${syncBinlog}: after a power cut, replicas and backups made from the binary log may lack what was acknowledged. Set it to 1`
      ]),
  ...(packetBytesMax >= PACKET_BYTES_WANTED
    ? []
    : [
        `max_allowed_packet is ${packetBytesMax} bytes: an event of more than that cannot be stored. Set it to 16M or more`
      ])
]
