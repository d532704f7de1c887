/** Outside of Node nobody reads a terminal: there the answer to a submit, and `explain`, tell what keeps a job waiting. */
export const adviseWaiting = (): (() => void) => () => {};
