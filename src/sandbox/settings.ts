/**
 * Every setting of a network with its default. Bounds are settings too: what exceeds one is dropped or refused, said
 * in one line of the log and counted in the stats; nothing grows without end.
 */

/** What a caller may set; everything is optional. */
export interface NetworkOptions {
  /** Port of the WebSocket server on 127.0.0.1; 0 (the default) takes a free one. */
  readonly port?: number
  /** Port of the control API on 127.0.0.1; 0 (the default) takes a free one. */
  readonly controlPort?: number
  /** Port of the media server on 127.0.0.1; 0 (the default) takes a free one, the same as last time with a stateDir. */
  readonly mediaPort?: number
  /** Seed of everything random that decides behaviour. */
  readonly seed?: number
  /** Folder that outlives the process. Without one, nothing does. */
  readonly stateDir?: string
  /**
   * The number of one-time prekeys that the server claims to hold for every device. Unset, it reports the truth, and a
   * client uploads 812 of them at its first login. Any number above 5 spares it that: tests pair several times faster.
   */
  readonly prekeyCount?: number
  /** Where log lines go; stderr by default. */
  readonly log?: (line: string) => void
  /** Stanzas kept for one device that is away or slow. The oldest go first. */
  readonly offlineStanzasMax?: number
  /** Messages and receipts kept for one phone or contact. The oldest go first. */
  readonly inboxMax?: number
  /** Largest body that the control API takes. */
  readonly controlBodyBytesMax?: number
  /** Largest single upload. */
  readonly uploadBytesMax?: number
  /** All uploads together. The oldest go first. */
  readonly mediaBytesMax?: number
  /** Linked devices of one phone. */
  readonly companionsMax?: number
  /** Phones and contacts together. */
  readonly accountsMax?: number
  /** WebSocket connections at once. */
  readonly connectionsMax?: number
  /** Bytes waiting on one WebSocket before it counts as dead. */
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
    connectionsMax: 5_000,
    socketBacklogBytesMax: 64 * 1024 * 1024,
    ...options,
    stateDir: options.stateDir,
    prekeyCount: options.prekeyCount
  }
}
