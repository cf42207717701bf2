/** The server's own facts that the promises depend on. */
import type { Session } from "./session.ts"

export interface ServerFacts {
  readonly version: string
  /** `innodb_flush_log_at_trx_commit`: with 1 the server syncs at every commit. */
  readonly flush: number
  /** `sync_binlog`; undefined if the server writes no binary log. */
  readonly syncBinlog: number | undefined
  /** `binlog_format`; undefined if the server writes no binary log. */
  readonly binlogFormat: string | undefined
  readonly packetBytesMax: number
  /** The server's clock, epoch milliseconds. */
  readonly now: number
}

/** A text of 65,536 characters, escaped and multiplied by a batch, must fit. */
const PACKET_BYTES_WANTED = 16_777_216

/** Variables that some servers do not have. */
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

/** Warnings for the operator: each is a sentence that says what can be lost. */
export const serverWarnings = ({ flush, syncBinlog, packetBytesMax }: ServerFacts): readonly string[] => [
  ...(flush === 1
    ? []
    : [
        `innodb_flush_log_at_trx_commit is ${flush}: a power cut of the database's machine${flush === 0 ? ", or a kill of the database," : ""} loses up to a second of acknowledged writes. Set it to 1`
      ]),
  ...(syncBinlog === undefined || syncBinlog === 1
    ? []
    : [
        `sync_binlog is ${syncBinlog}: after a power cut, replicas and backups made from the binary log may lack acknowledged writes. Set it to 1`
      ]),
  ...(packetBytesMax >= PACKET_BYTES_WANTED
    ? []
    : [`max_allowed_packet is ${packetBytesMax} bytes: a longer event cannot be stored. Set it to 16M or more`])
]
