/**
 * Every setting of a network, with its default. Bounds are settings too: what exceeds a bound is dropped or refused, logged
 * in one line and counted in the stats. Memory and disk use are bounded by them.
 */

/** What a caller may set. Each setting is optional. */
export interface NetworkOptions {
  /** Port of the WebSocket server on 127.0.0.1. 0 (the default): the last port of the state folder, else a free one. */
  readonly port?: number
  /** Port of the control API on 127.0.0.1. 0 (the default): likewise. */
  readonly controlPort?: number
  /** Port of the media server on 127.0.0.1. 0 (the default): likewise. */
  readonly mediaPort?: number
  /** Seed of the jitter of latency. */
  readonly seed?: number
  /** Folder for the state. Without one, the state ends with the process. */
  readonly stateDir?: string
  /**
   * The number of one-time prekeys that the server reports for every device. Unset, it reports the true count, and a
   * client uploads 812 at its first login. From 6 on, a client uploads none, so tests pair several times faster.
   */
  readonly prekeyCount?: number
  /** Receives each log line. By default it writes to stderr. */
  readonly log?: (line: string) => void
  /** Stanzas that wait for one device. Beyond it the oldest are dropped. */
  readonly offlineStanzasMax?: number
  /** Messages, and likewise receipts, kept for one phone or contact. Beyond it the oldest are dropped. */
  readonly inboxMax?: number
  /** Largest body of a control request. */
  readonly controlBodyBytesMax?: number
  /** Largest upload. */
  readonly uploadBytesMax?: number
  /** All uploads together. Beyond it the oldest are deleted. */
  readonly mediaBytesMax?: number
  /** Companions of one phone. */
  readonly companionsMax?: number
  /** Phones and contacts together. */
  readonly accountsMax?: number
  /** Members of one group. */
  readonly groupMembersMax?: number
  /** WebSocket connections open at the same time. */
  readonly connectionsMax?: number
  /** How long a pairing code can be entered. */
  readonly codeMs?: number
  /** How long a phone waits for the client after its code was entered. */
  readonly finishMs?: number
  /** How often a client that waits to be paired is pinged. */
  readonly pingMs?: number
  /** How long a client may wait to be paired. */
  readonly unauthenticatedMs?: number
  /** Bytes that may wait on one WebSocket. Beyond it the server cuts the socket. */
  readonly socketBacklogBytesMax?: number
}

/** The options with every default filled in. */
export type Settings = Required<Omit<NetworkOptions, "stateDir" | "prekeyCount">> & {
  readonly stateDir: string | undefined
  readonly prekeyCount: number | undefined
}

/** Fills in the defaults. */
export function withDefaults(options: NetworkOptions): Settings {
  return {
    port: 0,
    controlPort: 0,
    mediaPort: 0,
    seed: 1,
    log: (line) => void process.stderr.write(`${line}\n`),
    offlineStanzasMax: 10_000,
    inboxMax: 10_000,
    controlBodyBytesMax: 32 * 1024 * 1024,
    uploadBytesMax: 100 * 1024 * 1024,
    mediaBytesMax: 1024 * 1024 * 1024,
    companionsMax: 20,
    accountsMax: 10_000,
    groupMembersMax: 1_024,
    connectionsMax: 5_000,
    codeMs: 180_000,
    finishMs: 10_000,
    pingMs: 30_000,
    unauthenticatedMs: 210_000,
    socketBacklogBytesMax: 64 * 1024 * 1024,
    ...options,
    stateDir: options.stateDir,
    prekeyCount: options.prekeyCount
  }
}
