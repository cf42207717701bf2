/** Resolves when the text was copied, and rejects when the browser does not allow it. */
export const writeToClipboard = async (value: string): Promise<void> => {
  if (navigator.clipboard) return navigator.clipboard.writeText(value)
  // Over plain HTTP browsers have no clipboard: there the text is selected and copied the old way.
  const area = document.createElement("textarea")
  area.value = value
  // A dialog lets nothing outside it be selected.
  const host = document.querySelector("dialog[open]") ?? document.body
  host.append(area)
  area.select()
  const isCopied = document.execCommand("copy")
  area.remove()
  if (!isCopied) throw new Error("the browser did not copy")
  return undefined
}
