/** Names in the examples of routes. The test that sends the examples replaces them with real ones. */
export const EXAMPLE = {
  /** A user's number, and the device of that number. */
  number: "51948907640",
  device: "dev_01jdjr3v6yq1w2e3r4t5y6u7k8",
  password: "una-clave-larga",
  contact: "51999999999",
  /** A message that the user sent. */
  message: "3EB0C767D26A1D8D0E5A92",
  /** A message that the user received, with a file. */
  fileMessage: "3EB0F4D1A2B3C4D5E6F708",
  webhook: "whk_01jdjr3v6yq1w2e3r4t5y6u7k8",
  /** A delivery of it: the position of the event. */
  delivery: "4812",
  token: "tok_01jdjr3v6yq1w2e3r4t5y6u7k8"
} as const
