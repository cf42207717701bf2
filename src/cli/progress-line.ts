/** One line of the terminal that is written over; nothing where there is no terminal. */
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
