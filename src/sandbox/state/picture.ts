/** A picture of an account or a group. */

/** Its id, and where the media server has it. */
export interface Picture {
  readonly id: string
  /** Path of the picture as it was set. */
  readonly image: string
  /** Path of a small one. */
  readonly preview: string
}
