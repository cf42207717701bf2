/** The name that pairing codes are asked for under. */

/**
 * WhatsApp takes pairing codes only from a client that calls itself by a common name, "Browser (System)" (whatsmeow, PairPhone).
 * The name that phones show later was given when the socket opened, and stays.
 */
export const withPlainName = async <A>(browser: [string, string, string], work: () => Promise<A>): Promise<A> => {
  const [name] = browser
  browser[0] = "Linux"
  try {
    return await work()
  } finally {
    browser[0] = name
  }
}
