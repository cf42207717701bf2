import { expect, it } from "vitest"
import { callingCodeOf, formattedNumber } from "../../src/application/telephone-numbers.ts"

it.each([
  ["51948907640", "51", "+51 948 907 640"],
  ["12025550123", "1", "+1 202 555 0123"],
  ["5491123456780", "54", "+54 9 11 2345 6780"],
  ["5215512345678", "52", "+52 1 55 1234 5678"]
])("%s is written for people", (number, code, formatted) => {
  expect([callingCodeOf(number), formattedNumber(number)]).toEqual([code, formatted])
})

it("a number of no plan stays as it is", () => {
  expect([callingCodeOf("999999999"), formattedNumber("999999999")]).toEqual([null, "+999999999"])
})
