/** Names of files, within what WhatsApp and headers hold. Pure. */

export const FILENAME_MAX = 255

/** Longer ones are part of a name. */
const EXTENSION_MAX = 20

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
