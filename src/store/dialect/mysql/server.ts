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

export const readServerFacts = async (session: Session): Promise<ServerFacts> => {
  const [row] = await session.query<Record<string, number | string>>(
    `SELECT VERSION() AS version, @@innodb_flush_log_at_trx_commit AS flush, @@log_bin AS hasBinlog,
      @@sync_binlog AS syncBinlog, @@binlog_format AS binlogFormat, @@max_allowed_packet AS packetBytesMax,
      UNIX_TIMESTAMP(NOW(3)) * 1000 AS now`
  )
  if (!row) throw new Error("the database does not say what it is")
  const hasBinlog = Number(row.hasBinlog) === 1
  return {
    version: String(row.version),
    flush: Number(row.flush),
    syncBinlog: hasBinlog ? Number(row.syncBinlog) : undefined,
    binlogFormat: hasBinlog ? String(row.binlogFormat) : undefined,
    packetBytesMax: Number(row.packetBytesMax),
    now: Number(row.now)
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
