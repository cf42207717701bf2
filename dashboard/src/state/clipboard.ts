/** Over plain HTTP browsers have no clipboard: there the text is selected and copied the old way. */
export const writeToClipboard = async (value: string): Promise<void> => {
  if (navigator.clipboard) return navigator.clipboard.writeText(value)
  const area = document.createElement("textarea")
  area.value = value
  // A dialog lets nothing outside it be selected.
  const host = document.querySelector("dialog[open]") ?? document.body
  host.append(area)
  area.select()
  document.execCommand("copy")
  area.remove()
  return undefined
}
