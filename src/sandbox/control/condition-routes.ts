/** Routes about the condition of one phone: whether it reaches the network, and the faults that wait for it alone. */
import { InvalidRequest } from "../request-errors.ts"
import { checkedPhoneNumber } from "../state/phone-number.ts"
import { FAULT_KINDS } from "./fault-body.ts"
import type { ControlRequest, Route } from "./route.ts"

const numberOf = ({ params }: ControlRequest): string => checkedPhoneNumber(params["number"] ?? "")

export const conditionRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/phones/:number/airplane",
    help: "{on}: cuts the phone and its companions off the network, or lets them come back",
    run: (request) => {
      request.network.phone(numberOf(request)).setAirplaneMode(request.body.boolean("on"))
      return {}
    }
  },
  {
    method: "GET",
    path: "/phones/:number/faults",
    help: "lists the kinds of the armed faults that were ordered for this number",
    run: (request) => request.network.faultsOf(numberOf(request))
  },
  {
    method: "DELETE",
    path: "/phones/:number/faults/:kind",
    help: "disarms the faults of a kind that were ordered for this number",
    run: (request) => {
      const kind = FAULT_KINDS.find((known) => known === request.params["kind"])
      if (kind === undefined) throw new InvalidRequest(`there is no fault of kind ${request.params["kind"]}`)
      request.network.endFault(kind, numberOf(request))
      return {}
    }
  }
]
