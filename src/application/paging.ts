/** Pages of lists. */

/**
 * Cuts a list that was read with one item more than `limit`. `last`: the item to continue after; undefined when the page is the end of the
 * list.
 */
export const pageOf = <A>(
  found: readonly A[],
  limit: number
): { readonly items: readonly A[]; readonly last: A | undefined } => {
  const items = found.slice(0, limit)
  return { items, last: found.length > limit ? items.at(-1) : undefined }
}
