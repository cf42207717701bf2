/** Two routes for an operation that sets something or takes it back: PUT and DELETE of the same path, both without a body. */
import type { OperationName } from "../../../whatsapp/operations/catalog.ts"
import type { Example, Route } from "../../declaration.ts"
import { NoFields } from "./fields.ts"
import { type OperationRoute, operationRoute } from "./operation-route.ts"

type Input<Name extends OperationName> = NonNullable<OperationRoute<Name>["input"]>
type Given = Parameters<Input<OperationName>>[0]
type Of = Parameters<Input<OperationName>>[1]
export interface SwitchRoutes<Name extends OperationName>
  extends Pick<OperationRoute<Name>, "path" | "operation" | "tag" | "params"> {
  /** The ids of the two routes. */
  readonly on: string
  readonly off: string
  readonly input: (given: Given, of: Of, isOn: boolean) => ReturnType<Input<Name>>
  /** The parameters of the example. */
  readonly example: Example["params"] & object
}

export const switchRoutes = <Name extends OperationName>(declared: SwitchRoutes<Name>): readonly Route[] => {
  const { on, off, input, example, ...rest } = declared
  const routeOf = (isOn: boolean): Route =>
    operationRoute<Name>({
      ...rest,
      id: isOn ? on : off,
      method: isOn ? "PUT" : "DELETE",
      ...(isOn ? { body: NoFields } : {}),
      input: (given, of) => input(given, of, isOn),
      examples: [{ params: example, ...(isOn ? { body: {} } : {}), status: 204 }]
    })
  return [routeOf(true), routeOf(false)]
}
