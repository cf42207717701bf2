/** Reads settings from `.env` in the working directory, if it exists. Variables of the environment take precedence. */
import { existsSync } from "node:fs"

export const loadEnvFile = (): void => {
  if (existsSync(".env")) process.loadEnvFile(".env")
}
