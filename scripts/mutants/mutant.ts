/** One line of the adapter that is broken on purpose. */
export interface Mutant {
  /** What goes wrong. */
  readonly breaks: string
  /** In `ADAPTER`. */
  readonly file: string
  /** Is in the file once. */
  readonly text: string
  readonly becomes: string
  /** Test files, at least one of which fails. */
  readonly killedBy: readonly string[]
}

export const ADAPTER = "src/whatsapp/baileys"
