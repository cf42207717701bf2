/** Places a popover below the button that opens it, or above where there is no room. */
export const placeBelow = (button: HTMLElement | null, popover: HTMLElement | null): void => {
  const at = button?.getBoundingClientRect()
  if (!at || !popover) return
  const isLow = at.bottom + popover.offsetHeight > innerHeight
  popover.style.top = `${isLow ? at.top - popover.offsetHeight : at.bottom}px`
  popover.style.left = `${Math.max(4, at.right - popover.offsetWidth)}px`
}
