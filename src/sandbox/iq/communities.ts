/** Queries about the groups of a community (communities.js). They go to the community. */
import type { BinaryNode } from "@whiskeysockets/baileys"
import { linkedGroupNode } from "../routing/group-stanzas.ts"
import { children, element } from "../wire/stanza.ts"
import type { GroupQueryParts } from "./group-query-parts.ts"
import type { IqRequest } from "./registry.ts"

/** Answers a query about a community. Returns false when it is none. */
export function answerCommunity({ accounts, groupOperations }: GroupQueryParts, request: IqRequest): boolean {
  const { device, stanza, first, answer } = request
  const { communities } = groupOperations
  const { account } = device
  const { to } = stanza.attrs
  switch (first.tag) {
    case "sub_groups": {
      const groups = communities.groupsOf(account, to).map((group) => linkedGroupNode(accounts, group))
      answer([element("sub_groups", {}, groups)])
      return true
    }
    case "links": {
      const links = children(first, "link").map((link) =>
        element("link", link.attrs, resultNodes(communities.link(account, to, groupsIn(link))))
      )
      answer([element("links", {}, links)])
      return true
    }
    case "unlink":
      answer([element("unlink", first.attrs, resultNodes(communities.unlink(account, to, groupsIn(first))))])
      return true
    default:
      return false
  }
}

function groupsIn(node: BinaryNode): string[] {
  return children(node, "group").map(({ attrs }) => attrs["jid"] ?? "")
}

function resultNodes(results: Map<string, string | undefined>): BinaryNode[] {
  return [...results].map(([jid, error]) => element("group", { jid, error }))
}
