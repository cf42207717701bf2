/** Text tables for terminals. Columns are as wide as their content; the last one is as wide as the terminal allows. */

export const renderTable = (
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  width = process.stdout.columns ?? 140
): string => {
  const widths = headers.map((header, column) =>
    Math.max(header.length, ...rows.map((row) => (row[column] ?? "").length))
  )
  const last = headers.length - 1
  const others = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0)
  widths[last] = Math.max(10, Math.min(widths[last] ?? 0, width - others))
  const line = (cells: readonly string[]) =>
    widths
      .map((each, column) => cut(cells[column] ?? "", each).padEnd(column === last ? 0 : each))
      .join("  ")
      .trimEnd()
  return [line(headers), line(widths.map((each) => "─".repeat(each))), ...rows.map(line)].join("\n")
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text)
