/** Reads the body of one content type piece by piece. */
export interface BodyReader {
  readonly fields: Readonly<Record<string, unknown>>
  readonly read: (chunk: Buffer) => Promise<void>
  /** `received`: the bytes of the whole body. */
  readonly end: (received: number) => Promise<void>
}
