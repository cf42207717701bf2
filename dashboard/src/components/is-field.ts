/** Whether keys belong to a field: what is typed there is no command. */
export const isField = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("input, select, textarea") !== null
