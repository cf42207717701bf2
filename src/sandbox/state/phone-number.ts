/** Phone numbers as this network takes them: 8 to 15 digits without a plus sign. */
import { InvalidRequest } from "../request-errors.ts"

/** The number itself, or an `InvalidRequest` when it is none. */
export function checkedPhoneNumber(text: string): string {
  if (!/^\d{8,15}$/.test(text)) throw new InvalidRequest(`"${text}" is not a phone number; give 8 to 15 digits only`)
  return text
}

/**
 * Every form of a number, the given form first. Mobile numbers of three countries have two forms, and WhatsApp knows an
 * account by only one of them: Mexico (521… and 52…), Argentina (549… and 54…) and Brazil (with and without the ninth
 * digit after the area code).
 */
export function formsOf(number: string): string[] {
  const pairs: [RegExp, string][] = [
    [/^521(\d{10})$/, "52$1"],
    [/^52(\d{10})$/, "521$1"],
    [/^549(\d{10})$/, "54$1"],
    [/^54(\d{10})$/, "549$1"],
    [/^55(\d{2})9(\d{8})$/, "55$1$2"],
    [/^55(\d{2})(\d{8})$/, "55$19$2"]
  ]
  return [number, ...pairs.filter(([form]) => form.test(number)).map(([form, other]) => number.replace(form, other))]
}
