/** Writes one line that replaces itself. Writes nothing without a terminal. */
export const progressLine = () => {
  const isShown = process.stderr.isTTY
  return {
    show: (text: string) => {
      if (isShown) process.stderr.write(`\r\u001b[K${text}`)
    },
    end: () => {
      if (isShown) process.stderr.write("\r\u001b[K")
    }
  }
}
