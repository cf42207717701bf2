/** Settings from `.env` in the working directory, where it exists; what the environment sets already stays. */
import { existsSync } from "node:fs"

export const loadEnvFile = (): void => {
  if (existsSync(".env")) process.loadEnvFile(".env")
}
