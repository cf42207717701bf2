/**
 * Names of files. The one place that bounds them to what WhatsApp and headers hold, and that makes the names that other people chose
 * safe to show and to save under. Pure.
 */

export const FILENAME_MAX = 255

/** Longer ones are part of a name. */
const EXTENSION_MAX = 20

/**
 * The name of a file that another person sent: its last path component, without characters that control a terminal or turn the direction
 * of text (`\u202egnp.exe` would read as `exe.png`), and not too long. Undefined if nothing is left that names a file.
 */
export const receivedName = (given: string): string | undefined => {
  const parts = given.toWellFormed().replace(hidden, "").split(/[/\\]/)
  const last = parts.map((part) => part.trim()).findLast((part) => part !== "") ?? ""
  const name = fittingName(last).trim()
  return onlyDots.test(name) ? undefined : name
}

/** Control characters, line and paragraph separators, and marks of direction. A joiner, as in 👩‍🚀, is none of them. */
const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
/** In a path these are folders. */
const onlyDots = /^\.*$/

/** A name that is too long is cut before its extension, which says with what the file is opened. No character is cut in half. */
export const fittingName = (filename: string): string => {
  if (filename.length <= FILENAME_MAX) return filename
  const dot = filename.lastIndexOf(".")
  const extension = dot > 0 && filename.length - dot <= EXTENSION_MAX ? filename.slice(dot) : ""
  const stem = filename.slice(0, FILENAME_MAX - extension.length)
  return `${endsInHalf(stem) ? stem.slice(0, -1) : stem}${extension}`
}

/** Whether the last character has lost its second half. */
const endsInHalf = (text: string): boolean => /[\ud800-\udbff]$/.test(text)
